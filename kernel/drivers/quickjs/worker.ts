/**
 * The lent worker's half: loads QuickJS once, then answers one script after another. It holds nothing of the page and is
 * terminated from outside when a script does not come back.
 */
import wasmUrl from '@jitl/quickjs-wasmfile-release-sync/wasm?url'
import type { QuickJSWASMModule } from 'quickjs-emscripten-core'
import { toWire } from '../../abi/index.ts'
import { Aborted } from './failure.ts'
import { runScript } from './guest.ts'
import type { FromWorker, ToWorker } from './link.ts'

export function serve(port: MessagePort): void {
  const send = (message: FromWorker): void => port.postMessage(message)
  const loading = load()
  loading.then(
    () => send({ t: 'ready' }),
    (error: unknown) => send({ t: 'broken', reason: String(error) }),
  )
  port.onmessage = async ({ data: { id, request } }: MessageEvent<ToWorker>) => {
    try {
      const { value, log } = runScript(await loading, request)
      send({ t: 'done', id, value, log })
    } catch (error) {
      if (error instanceof Aborted) send({ t: 'fail', id, error: toWire(error.error), spent: true })
      else send({ t: 'fail', id, error: toWire(error), spent: false })
    }
  }
}

async function load(): Promise<QuickJSWASMModule> {
  const [{ newQuickJSWASMModuleFromVariant, newVariant }, { default: variant }] = await Promise.all([
    import('quickjs-emscripten-core'),
    import('@jitl/quickjs-wasmfile-release-sync'),
  ])
  // Absolute: a worker made from a blob has no base to resolve against.
  const wasmLocation = new URL(wasmUrl, import.meta.url).href
  return newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmLocation }))
}
