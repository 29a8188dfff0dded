/** The list of models as it is shown: what is here first, then what could be, then what does not fit. Pure. */
import type { ModelInfo } from '../../../sdk/index.ts'

export interface ModelGroup {
  readonly heading: string
  readonly list: readonly ModelInfo[]
}

export function groupModels(models: readonly ModelInfo[], query: string, onlyFitting: boolean): ModelGroup[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const matching = models.filter(({ name, id, about, licence, fits }) => {
    if (onlyFitting && !fits.ok) return false
    const text = `${name} ${id} ${about} ${licence ?? ''}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const here = matching.filter(isHere)
  const others = matching.filter((model) => !isHere(model))
  return [
    { heading: 'On this device', list: here },
    { heading: 'To download', list: others.filter(({ fits }) => fits.ok) },
    { heading: 'Too much for this device', list: others.filter(({ fits }) => !fits.ok) },
  ].filter(({ list }) => list.length > 0)
}

/** The bundled model came with the app; what the user added is theirs, wherever its bytes are. */
function isHere({ state, source, listed }: ModelInfo): boolean {
  return source.kind === 'bundled' || !listed || state.kind !== 'absent'
}
