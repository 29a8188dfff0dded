/** The yardstick for a round trip: a bare comlink object in the same kind of worker as the kernel's. */
import { expose } from 'comlink'

const echo = { say: (value: unknown) => value }
export type Echo = typeof echo

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports
  if (port) expose(echo, port)
})
