/**
 * The kernel of an origin, in a SharedWorker. It takes every port at once and boots meanwhile; a port's messages wait in it
 * until then. It holds two Web Locks for its whole life: `hearth:kernel`, so that there is one kernel per origin, also
 * between two versions of the app, and `hearth:kernel:<epoch>`, whose release tells clients that this kernel is dead.
 */
import './no-eval.ts'
import { HearthError, toWire } from '../abi/index.ts'
import type { KernelFrame } from '../abi/index.ts'
import { boot } from '../core/boot.ts'
import type { Kernel } from '../core/boot.ts'
import { portEndpoint } from '../drivers/web/endpoint.ts'
import { holdLock } from '../drivers/web/liveness.ts'
import { createBrowserPlatform } from './platform.ts'
import { VERSION } from './version.ts'

declare const self: SharedWorkerGlobalScope

/** Milliseconds a kernel that has just lost its last tab may need to end; one that lasts longer serves other tabs. */
const OTHER_KERNEL_MS = 5_000

let alone = false
const lock = holdLock('hearth:kernel').then(() => (alone = true))
let kernel: Promise<Kernel> | undefined
void booted().catch(() => {})

self.onconnect = ({ ports: [port] }) => {
  if (port !== undefined) void serve(port)
}

/** A boot that failed is tried again for the next port: the worker may outlive the reload that was to cure it. */
function booted(): Promise<Kernel> {
  kernel ??= start().catch((error: unknown) => {
    kernel = undefined
    throw error
  })
  return kernel
}

async function start(): Promise<Kernel> {
  await lock
  const started = await boot(await createBrowserPlatform('shared-worker', VERSION))
  await holdLock(`hearth:kernel:${started.epoch}`)
  return started
}

async function serve(port: MessagePort): Promise<void> {
  let refuse = (_: unknown): void => {}
  const refused = new Promise<never>((_resolve, reject) => (refuse = reject))
  const timer = setTimeout(() => alone || refuse(anotherKernel()), OTHER_KERNEL_MS)
  try {
    const started = await Promise.race([booted(), refused])
    started.connect(portEndpoint(port), self.location.origin)
  } catch (error) {
    port.postMessage({ t: 'fail', id: 'hello', epoch: 0, error: toWire(error) } satisfies KernelFrame)
    port.close()
  } finally {
    clearTimeout(timer)
  }
}

function anotherKernel(): HearthError<'conflict'> {
  const message = 'Another version of Hearth is open in another tab. Close or reload that tab, then reload this one.'
  return new HearthError('conflict', message, { kind: 'kernel', id: 'hearth:kernel' })
}
