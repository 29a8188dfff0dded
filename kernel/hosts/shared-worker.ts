/**
 * The kernel of an origin, in a SharedWorker. It takes every port at once and boots meanwhile; a port's messages wait in it
 * until then. While it has a kernel it holds two Web Locks: `hearth:kernel`, so that there is one kernel per origin, also
 * between two versions of the app, and `hearth:kernel:<epoch>`, whose release tells clients that this kernel is dead.
 *
 * An updated app has another worker address and so a worker of its own, while the old one may outlive its last tab
 * (`extendedLifetime`). The new one asks it to make way, which it does as soon as no tab is connected to it, also when it was
 * asked before it had the lock itself. It does not close itself: a port on its way to a worker that is closing is lost
 * without a word. It boots again if a port comes.
 */
import './no-eval.ts'
import { HearthError, toWire } from '../abi/index.ts'
import type { KernelFrame } from '../abi/index.ts'
import { bootOrClose } from '../core/boot.ts'
import type { Kernel } from '../core/boot.ts'
import { portEndpoint } from '../drivers/web/endpoint.ts'
import { holdLock } from '../drivers/web/liveness.ts'
import { createBrowserPlatform } from './platform.ts'
import { VERSION } from './version.ts'

declare const self: SharedWorkerGlobalScope

/** Milliseconds a kernel that has just lost its last tab may need to end; one that lasts longer serves other tabs. */
const OTHER_KERNEL_MS = 5_000

interface Reign {
  readonly kernel: Kernel
  /** Gives up both locks. */
  release(): void
}

const succession = new BroadcastChannel('hearth:kernel')
succession.onmessage = () => {
  asked = true
  void makeWay()
}

/** The kernel of this worker, or its boot; undefined while it has none. */
let reign: Promise<Reign> | undefined
/** Whether this worker holds the origin's lock. */
let alone = false
let leaving = false
/** Whether another worker has wanted the lock since this one last gave it up. */
let asked = false
/** Ports that wait for the kernel. */
const waiting = new Set<Promise<void>>()

self.onconnect = ({ ports: [port] }) => {
  if (port === undefined) return
  const served = serve(port).finally(() => waiting.delete(served))
  waiting.add(served)
}

/** A boot that failed is tried again for the next port: the worker may outlive the reload that was to cure it. */
function booted(): Promise<Reign> {
  reign ??= start().catch((error: unknown) => {
    reign = undefined
    throw error
  })
  return reign
}

async function start(): Promise<Reign> {
  const request = holdLock('hearth:kernel')
  succession.postMessage('make-way')
  const releaseOrigin = await request
  alone = true
  // Nobody asks twice: one that asked while the lock was on its way here would wait for ever.
  if (asked) void Promise.resolve().then(makeWay)
  const leave = (): void => {
    alone = false
    releaseOrigin()
  }
  try {
    const kernel = await bootOrClose(await createBrowserPlatform('shared-worker', VERSION))
    const releaseEpoch = await holdLock(`hearth:kernel:${kernel.epoch}`)
    void kernel.replaced.then(() => startAnew(kernel))
    return {
      kernel,
      release() {
        releaseEpoch()
        leave()
      },
    }
  } catch (error) {
    leave()
    throw error
  }
}

/** Ends this kernel so that the next port boots another; its clients notice and come back. Anything but it stays. */
async function startAnew(kernel: Kernel): Promise<void> {
  const current = await reign
  // It makes way to another worker, whose kernel will find what is to be done: without ports it does so at once.
  if (current?.kernel !== kernel || leaving) return void (await kernel[Symbol.asyncDispose]())
  reign = undefined
  try {
    await kernel[Symbol.asyncDispose]()
  } finally {
    current.release()
  }
}

async function makeWay(): Promise<void> {
  if (leaving || !alone) return
  leaving = true
  try {
    const current = await reign
    while (current !== undefined && (waiting.size > 0 || current.kernel.ports() > 0)) {
      await Promise.all(waiting)
      await current.kernel.deserted()
    }
    // From here on no port can come: `serve` connects only to the kernel that `reign` names.
    reign = undefined
    asked = false
    await current?.kernel[Symbol.asyncDispose]()
    current?.release()
  } catch {
    // It did not boot, so it holds nothing.
  } finally {
    leaving = false
  }
}

async function serve(port: MessagePort): Promise<void> {
  let refuse = (_: unknown): void => {}
  const refused = new Promise<never>((_resolve, reject) => (refuse = reject))
  const timer = setTimeout(() => alone || refuse(anotherKernel()), OTHER_KERNEL_MS)
  try {
    for (;;) {
      const current = booted()
      const { kernel } = await Promise.race([current, refused])
      if (current !== reign) continue
      kernel.connect(portEndpoint(port), self.location.origin)
      return
    }
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
