/** What the file benchmark's page can do, as `globalThis.filesBench`: files through the kernel, and the same bytes on plain OPFS. */
import { connect, type AgentFiles, type Hearth } from '../../../sdk/index.ts'

let hearth: Hearth | undefined
let files: AgentFiles | undefined
let folder: FileSystemDirectoryHandle | undefined
let written = 0

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** New bytes each time, as equal ones are stored once. */
function contents(bytes: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes)
  const words = new Uint32Array(out.buffer, 0, bytes >> 2)
  let state = (written += 1)
  for (let at = 0; at < words.length; at += 1) words[at] = state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return out
}

function opened(): { hearth: Hearth; files: AgentFiles; folder: FileSystemDirectoryHandle } {
  if (!hearth || !files || !folder) throw new Error('The benchmark was not opened.')
  return { hearth, files, folder }
}

/** Milliseconds of each write and of each read of it, through the kernel and on plain OPFS, in turn. */
export interface Samples {
  write: number[]
  read: number[]
  plainWrite: number[]
  plainRead: number[]
}

const bench = {
  async open(): Promise<void> {
    hearth = await connect({ name: 'Benchmark' })
    const agent = await hearth.agents.create({ name: 'Files' })
    files = hearth.files.space(agent.id)
    folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('plain', { create: true })
  },

  async measure(bytes: number, rounds: number): Promise<Samples> {
    const { files, folder } = opened()
    const samples: Samples = { write: [], read: [], plainWrite: [], plainRead: [] }
    for (let round = -1; round < rounds; round += 1) {
      const path = `size-${bytes}/${round}`
      const ours = new File([contents(bytes)], 'ours')
      const plain = new File([contents(bytes)], 'plain')
      const figures = {
        write: await timed(() => files.import(ours, path)),
        plainWrite: await timed(async () => {
          const stream = await (await folder.getFileHandle('plain', { create: true })).createWritable()
          await stream.write(await plain.arrayBuffer())
          await stream.close()
        }),
        read: await timed(async () => (await files.export(path)).arrayBuffer()),
        plainRead: await timed(async () => (await (await folder.getFileHandle('plain')).getFile()).arrayBuffer()),
      }
      await files.purge(path, 'all')
      // The first one warms both sides up and does not count.
      if (round < 0) continue
      for (const name of Object.keys(figures) as (keyof Samples)[]) samples[name].push(figures[name])
    }
    return samples
  },

  /**
   * Moves a folder of so many files, takes the space back to the moment before, and searches it: how long each takes, and how
   * long another call waited at most meanwhile.
   */
  async folder(
    count: number,
  ): Promise<{ move: number; rollback: number; first: number; search: number; longest: number }> {
    const { hearth, files } = opened()
    for (let index = 0; index < count; index += 1) {
      await files.write(`many/${index % 10}/${index}.txt`, `Note ${index}: the cellar key hangs behind door ${index}.`)
    }
    const moment = (await hearth.files.spaces()).reduce((latest, { updatedAt }) => Math.max(latest, updatedAt), 0)
    let longest = 0
    const measuring = new AbortController()
    const others = (async () => {
      while (!measuring.signal.aborted) longest = Math.max(longest, await timed(() => hearth.call('kernel.info', {})))
    })()
    const move = await timed(() => files.move('many', 'moved/elsewhere'))
    const rollback = await timed(() => files.rollback('', { moment }))
    const first = await timed(() => files.search('where is the key of the cellar'))
    const search = await timed(() => files.search('door to the basement'))
    measuring.abort()
    await others
    return { move, rollback, first, search, longest }
  },
}

declare global {
  var filesBench: object
}
globalThis.filesBench = bench
