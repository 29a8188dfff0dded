/** The `shared.*` syscalls. What carries them out is imported by the first one that is made: boot does not need it. */
import type { HandlersOf } from '../call.ts'
import { writtenBy } from '../provenance.ts'
import type { SharedDeps, SharedService } from './service.ts'

export interface Shared extends Disposable {
  readonly handlers: HandlersOf<'shared'>
  /** The whiteboard, loaded. @throws HearthError `storage-failed` */
  service(): Promise<SharedService>
}

export function createShared(deps: SharedDeps): Shared {
  let opening: Promise<SharedService> | undefined
  let opened: SharedService | undefined
  let closed = false

  async function open(): Promise<SharedService> {
    const { openShared } = await import('./service.ts')
    opened = await openShared(deps)
    if (closed) opened[Symbol.dispose]()
    return opened
  }

  function service(): Promise<SharedService> {
    // Not kept when it failed: storage may answer the next time.
    return (opening ??= open().catch((error: unknown) => {
      opening = undefined
      throw error
    }))
  }

  return {
    service,
    handlers: {
      'shared.set': async ({ args, caller, signal }) =>
        (await service()).writing.set({ ...args, provenance: writtenBy(caller.principal) }, signal),
      'shared.get': async ({ args }) => (await service()).get(args),
      'shared.list': async ({ args }) => (await service()).list(args),
      'shared.namespaces': async () => (await service()).namespaces(),
      'shared.delete': async ({ args, caller, signal }) =>
        (await service()).writing.delete({ ...args, provenance: writtenBy(caller.principal) }, signal),
      'shared.history': async ({ args }) => (await service()).history(args),
      'shared.search': async ({ args: { query, k, namespace } }) => ({
        hits: await (await service()).search(query, k, namespace === undefined ? undefined : [namespace]),
      }),
      'shared.import': async ({ args: { entries }, caller, signal }) =>
        (await service()).writing.import({ entries, provenance: writtenBy(caller.principal) }, signal),
      'shared.watch': async (call) => (await service()).watch(call),
    },
    [Symbol.dispose]() {
      closed = true
      opened?.[Symbol.dispose]()
    },
  }
}
