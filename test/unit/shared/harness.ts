/** The whiteboard behind the real gate, on the in-memory database, whose commits a test may delay, refuse or cut off. */
import type {
  ErrorCode,
  SharedEntry,
  SyscallEvent,
  SyscallInput,
  SyscallName,
  SyscallResult,
} from '../../../kernel/abi/index.ts'
import { HearthError } from '../../../kernel/abi/index.ts'
import { createKernelEvents } from '../../../kernel/core/events.ts'
import { createShared } from '../../../kernel/core/shared/handlers.ts'
import type { Shared } from '../../../kernel/core/shared/handlers.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createManualClock } from '../../../kernel/drivers/memory/clock.ts'
import type { ManualClock } from '../../../kernel/drivers/memory/clock.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { TestClient, startKernel } from '../kernel/fixture.ts'
import type { TestKernel } from '../kernel/fixture.ts'

export type SharedSyscall = Extract<SyscallName, `shared.${string}`>
export type WatchEvent = SyscallEvent<'shared.watch'>

export interface Room {
  readonly kernel: TestKernel
  readonly shared: Shared
  readonly clock: ManualClock
  readonly client: TestClient
  /** @throws HearthError */
  call<N extends SharedSyscall>(name: N, args: SyscallInput<N>, id?: string): Promise<SyscallResult<N>>
  set(key: string, value: SyscallInput<'shared.set'>['value'], ifVersion?: number): Promise<SharedEntry>
  get(key: string): Promise<SharedEntry>
}

export const NAMESPACE = 'room'

export async function openRoom(
  database: Database = createMemoryDatabase(),
  clock = createManualClock(),
): Promise<Room> {
  const events = createKernelEvents()
  const shared = createShared({ platform: { clock, database }, events })
  const kernel = await startKernel(shared.handlers, database)
  events.subscribe((event) => kernel.events.push(event))
  const client = await TestClient.open(kernel)
  const call = async (name: string, args: object, id?: string): Promise<never> => {
    const settlement = await client.call(name, args, id)
    if (settlement.t === 'done') return settlement.result as never
    throw HearthError.fromWire(settlement.error)
  }
  return {
    ...{ kernel, shared, clock, client, call },
    set: (key, value, ifVersion) =>
      call('shared.set', { namespace: NAMESPACE, key, value, ...(ifVersion !== undefined && { ifVersion }) }),
    get: (key) => call('shared.get', { namespace: NAMESPACE, key }),
  }
}

/** What a watcher has heard so far. */
export const heardBy = (client: TestClient, id: string): WatchEvent[] =>
  client.frames.flatMap((frame) => (frame.t === 'event' && frame.id === id ? [frame.data as WatchEvent] : []))

export async function codeOf(work: Promise<unknown>): Promise<ErrorCode | null> {
  return work.then(
    () => null,
    (error: unknown) => (error as HearthError).code,
  )
}

/** Passes commits on only when the test says so; reading goes on. */
export function heldDatabase(database: Database, hold: () => Promise<void>): Database {
  return {
    get: (store, key) => database.get(store, key),
    list: (store, range) => database.list(store, range),
    count: (store, range) => database.count(store, range),
    async commit(batch, durability) {
      await hold()
      await database.commit(batch, durability)
    },
    close: () => database.close(),
  }
}
