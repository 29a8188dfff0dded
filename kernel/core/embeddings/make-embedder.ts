/** From a choice to an embedder that works: fetches what it needs, borrows what it runs in, tells what it waits for. */
import type { EmbedderChoice } from '../../abi/index.ts'
import type { Clock } from '../clock.ts'
import { hostOf } from '../engines/sources.ts'
import type { Lender } from '../lending.ts'
import type { WordVectors } from '../memory/search/word-vectors.ts'
import { builtInEmbedder } from './built-in-embedder.ts'
import type { Embedder, EmbedderDrivers } from './embedder.ts'
import type { MakeEmbedder } from './embedder-host.ts'
import type { EmbeddingModels } from './models.ts'
import type { SentenceEncoder } from './sentence-encoder.ts'

export interface MakerDeps {
  readonly drivers: EmbedderDrivers
  readonly lender: Lender
  readonly models: EmbeddingModels
  readonly clock: Clock
  /** What the built-in embedder is made of. */
  readonly words: () => Promise<WordVectors>
  readonly encoder: (words: WordVectors) => Promise<SentenceEncoder>
}

export function makerOf(deps: MakerDeps): (choice: EmbedderChoice) => MakeEmbedder {
  const { drivers, lender, models, clock } = deps
  return (choice) => async (signal, onWait) => {
    const forTab = () => onWait('The embedder waits for an open tab of Hearth to run in.')
    switch (choice.kind) {
      case 'built-in': {
        const words = await deps.words()
        return builtInEmbedder({ clock, words, encoder: await deps.encoder(words) })
      }
      case 'llamacpp': {
        const name = models.list().find(({ id }) => id === choice.model)?.name ?? choice.model
        onWait(`${name} is being fetched and loaded.`)
        return drivers.llamacpp(await models.fetch(choice.model, signal), lender, signal, forTab)
      }
      case 'webllm':
        onWait(`${choice.model} is being fetched and loaded.`)
        return drivers.webllm(choice.model, lender, signal, forTab)
      case 'openai':
        return outward(await drivers.openai(choice), () => models.sentTo(hostOf(choice.url)))
    }
  }
}

/** People can see whom texts are sent to from the moment in which the first one is. */
function outward(embedder: Embedder, tell: () => void): Embedder {
  return {
    get dimensions() {
      return embedder.dimensions
    },
    ...{ immediate: false, batch: embedder.batch, lost: embedder.lost },
    embed(texts, purpose, signal) {
      tell()
      return embedder.embed(texts, purpose, signal)
    },
    [Symbol.asyncDispose]: () => embedder[Symbol.asyncDispose](),
  }
}
