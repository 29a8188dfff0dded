/** Commits in the same kind of worker as the kernel's. */
import { expose } from 'comlink'
import { openCommits, type Commits } from './commit.ts'

const bare = openCommits('bench-commit')

const commits = {
  measure: (n: number) => bare.measure(n),
  /** The same, asked from outside: what a page would wait. */
  async commit(): Promise<void> {
    await bare.measure(1)
  },
} satisfies Commits & Record<string, unknown>
export type WorkerCommits = typeof commits

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports
  if (port) expose(commits, port)
})
