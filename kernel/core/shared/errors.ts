/** What can be wrong with a call about the whiteboard, in words for a person. */
import { HearthError } from '../../abi/index.ts'
import { idOf } from './entry.ts'
import type { Place } from './entry.ts'

/** @param version it is at; 0 when it is not there */
export function changed(place: Place, version: number): HearthError<'conflict'> {
  const message =
    version === 0
      ? `There is no ${place.key} on the whiteboard ${place.namespace} any more. Nothing was written; look, and decide anew.`
      : `Somebody else has written ${place.key} on the whiteboard ${place.namespace}; it is at version ${version} now. ` +
        'Nothing was written; read it again, and decide anew.'
  return new HearthError('conflict', message, { kind: 'shared', id: idOf(place), version })
}

export function absent(place: Place): HearthError<'not-found'> {
  const message = `There is no ${place.key} on the whiteboard ${place.namespace}. List it to see what is there.`
  return new HearthError('not-found', message, { kind: 'shared', id: idOf(place) })
}

export function tooMuch(limit: string, maximum: number, message: string): HearthError<'over-limit'> {
  return new HearthError('over-limit', message, { limit, maximum, retryAfterMs: null })
}
