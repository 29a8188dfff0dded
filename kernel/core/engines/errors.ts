/** Makes whatever an engine threw one of Hearth's errors. */
import { HearthError } from '../../abi/index.ts'
import type { EngineKind } from '../../abi/index.ts'
import { IMMEDIATE_LOSSES } from '../param.ts'

/** A foreign error becomes `engine-failed` with its message. */
export function asHearthError(error: unknown, engine: EngineKind): HearthError {
  if (error instanceof HearthError) return error as HearthError
  const reason = error instanceof Error ? error.message : String(error)
  return new HearthError(
    'engine-failed',
    `The engine failed: ${reason}`,
    { engine, reason, status: null },
    { cause: error },
  )
}

/** For an engine that is not tried once more: what it said when it was lost promises that it is. */
export function lostAgain(lost: HearthError<'engine-lost'>): HearthError<'engine-lost'> {
  const { engine, reason } = lost.data
  const message = `The engine ended ${IMMEDIATE_LOSSES} times in a row (${reason}). What was written is kept; ask again, or choose another model.`
  return new HearthError('engine-lost', message, { engine, reason }, { cause: lost })
}

export function notFound(model: string): HearthError<'not-found'> {
  return new HearthError('not-found', `There is no model “${model}” (any more). Choose another one in Models.`, {
    kind: 'model',
    id: model,
  })
}

/** @param name null when no default model is chosen. */
export function noModel(model: string | null, name: string | null): HearthError<'no-model'> {
  const message =
    name === null
      ? 'No model is chosen yet. Load one in Models; Starter needs no download.'
      : `${name} is not on this device. Download it in Models, or choose another model.`
  return new HearthError('no-model', message, { model })
}
