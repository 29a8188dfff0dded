/** The built-in embedder's file, which comes with the app and is there offline from the second visit on. */
import wordsUrl from '../../../wasm/words/words.bin?url'
import { HearthError } from '../../abi/index.ts'

/** Milliseconds it may take: the `recall` tool has to answer by words within its own ten seconds. */
const LONGEST_MS = 5_000

/** @throws HearthError `download-failed`, or the browser's own error when there is no network. */
export async function fetchWordVectors(): Promise<Uint8Array> {
  const url = new URL(wordsUrl, location.href).href
  const response = await fetch(url, { signal: AbortSignal.timeout(LONGEST_MS) })
  if (!response.ok) {
    const message = 'The word vectors of memory search could not be fetched. Search goes by words alone until they can.'
    throw new HearthError('download-failed', message, {
      url,
      status: response.status,
      offline: false,
      receivedBytes: 0,
    })
  }
  return new Uint8Array(await response.arrayBuffer())
}
