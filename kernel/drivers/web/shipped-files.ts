/** Files that come with the app and that memory search reads. They are there offline from the second visit on. */
import sentencesUrl from '../../../wasm/sentences/sentences.bin?url'
import wordsUrl from '../../../wasm/words/words.bin?url'
import { HearthError } from '../../abi/index.ts'

/** Milliseconds it may take: the `recall` tool has to answer by words within its own ten seconds. */
const LONGEST_MS = 5_000

/** @throws HearthError `download-failed`, or the browser's own error when there is no network. */
export const fetchWordVectors = (): Promise<Uint8Array> => fetchShipped(wordsUrl, 'word vectors')

/** @throws HearthError `download-failed`, or the browser's own error when there is no network. */
export const fetchSentenceEncoder = (): Promise<Uint8Array> => fetchShipped(sentencesUrl, 'encoder of sentences')

async function fetchShipped(path: string, what: string): Promise<Uint8Array> {
  const url = new URL(path, location.href).href
  const response = await fetch(url, { signal: AbortSignal.timeout(LONGEST_MS) })
  if (!response.ok) {
    const message = `The ${what} of memory search could not be fetched. Search goes by words alone until that can be.`
    throw new HearthError('download-failed', message, {
      url,
      status: response.status,
      offline: false,
      receivedBytes: 0,
    })
  }
  return new Uint8Array(await response.arrayBuffer())
}
