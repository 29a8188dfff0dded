/**
 * What runs and agents may take, as a tree of accounts: a run draws on its own, on its agent's, on its agent's of today, and
 * on all that its parent run draws on. Whoever does work reserves first and settles after. What is reserved lives in memory
 * only: a kernel that dies gives it back, and the next one reads from `spending` what was settled.
 *
 * Invariants:
 * 1. Nothing is reserved that would bring `spent + reserved` of any account above its limit. Work that takes more than it
 *    reserved is charged in full all the same.
 * 2. A reservation is given back exactly once, settled or released, on every account it was made on.
 * 3. What is settled is charged once to each account, also where a parent's and a child's meet.
 * 4. Each day has an account of its own, kept for a while: a clock that goes back finds the day as spent as it was.
 */
import type { Agent, Amounts, BudgetState, Spent } from '../../abi/index.ts'
import { SPENDING_DAYS_KEPT } from '../param.ts'
import type { Clock } from '../platform.ts'
import type { Database, Mutation } from '../storage/database.ts'
import { KEY_END, type SpendingRecord } from '../storage/records.ts'
import { Account } from './account.ts'
import { FIELDS, lowest, nothing } from './amounts.ts'
import { localDay, nextDay } from './day.ts'
import { Reservation } from './reservation.ts'

/** What of an agent matters here. */
export type BudgetHolder = Pick<Agent, 'id' | 'name' | 'budget'> & { readonly limits: Amounts }

export interface RunBudget {
  readonly run: string
  /** Asked each time, so that a raised limit holds at once. */
  readonly agent: () => BudgetHolder
  /** The run's own, besides its agent's `limits`: the lower of the two holds. */
  readonly budget?: Amounts | undefined
  /** The run that asked for this one. Open that one first. */
  readonly parent?: string | undefined
}

/** A run's account. Close it when the run ends. */
export interface RunAccount {
  /** By this run and its children, also before a restart. */
  readonly spent: Spent
  /** What can be reserved now, on all accounts it draws on; Infinity without a limit. */
  available(): Spent
  /**
   * Holds as much of `wanted` as is left, and at least `least` (which is `wanted` unless it is given).
   * @throws HearthError `budget-spent` when `least` is not left; nothing is held then.
   */
  reserve(wanted: Partial<Spent>, least?: Partial<Spent>): Reservation
  /** To be committed with the run's end: its own account goes, its agent's stay. */
  close(): Mutation[]
}

export interface Budgets {
  /** The account of a run that begins, or goes on after a restart. The same object while it is open. */
  open(run: RunBudget): RunAccount
  /** Limits of an agent and of its open runs, with how much is left of each; what is not limited is left out. */
  state(agent: BudgetHolder): BudgetState[]
  /** To be committed with the deletion of an agent. */
  forget(agent: string): Mutation[]
}

interface OpenRun {
  readonly budget: RunBudget
  readonly account: Account
  readonly parent: OpenRun | null
  readonly face: RunAccount
}

/** @throws HearthError `storage-failed` when what is stored cannot be read. */
export async function openBudgets(deps: { database: Database; clock: Clock }): Promise<Budgets> {
  const { database, clock } = deps
  const records = new Map((await database.list('spending')).map((record) => [record.account, record]))
  const accounts = new Map<string, Account>()
  const runs = new Map<string, OpenRun>()
  const holders = new Map<string, () => BudgetHolder>()

  function accountOf(name: string, agent: string, scope: Account['scope'], limit: () => Amounts): Account {
    const known = accounts.get(name)
    if (known) return known
    const record: SpendingRecord = records.get(name) ?? { account: name, agent, at: clock.now(), ...nothing() }
    records.set(name, record)
    const account = new Account(scope, record, limit)
    accounts.set(name, account)
    return account
  }

  /** An agent's account in all and its account of today; only one of the two has the limit. */
  function accountsOf(agent: string): { whole: Account; today: Account } {
    const limit = (perDay: boolean) => (): Amounts => {
      const budget = holders.get(agent)?.().budget
      return budget?.perDay === perDay ? lowest(budget, {}) : {}
    }
    return {
      whole: accountOf(`agent:${agent}`, agent, 'agent', limit(false)),
      today: accountOf(`agent:${agent}:${localDay(clock.now())}`, agent, 'day', limit(true)),
    }
  }

  /** All that a run draws on, each once. */
  function chain(run: OpenRun): Account[] {
    const all = new Set<Account>()
    for (let at: OpenRun | null = run; at; at = at.parent) {
      const { whole, today } = accountsOf(at.budget.agent().id)
      all.add(at.account).add(whole).add(today)
    }
    return [...all]
  }

  /** Days that are long over, of one agent: as many are kept as a clock that was set wrong may plausibly go back. */
  function trim(agent: string): Mutation[] {
    const prefix = `agent:${agent}:`
    const days = [...records.keys()].filter((name) => name.startsWith(prefix)).sort()
    const today = prefix + localDay(clock.now())
    const old = days.slice(0, -SPENDING_DAYS_KEPT).filter((name) => name !== today && accounts.get(name)?.busy !== true)
    return old.map((name) => drop(name))
  }

  function drop(name: string): Mutation {
    const account = accounts.get(name)
    if (account) account.closed = true
    accounts.delete(name)
    records.delete(name)
    return { op: 'delete', store: 'spending', key: name }
  }

  function face(run: () => OpenRun): RunAccount {
    return {
      get spent() {
        return run().account.spent
      },
      available() {
        const left = nothing()
        for (const field of FIELDS) left[field] = Math.min(...chain(run()).map((account) => account.left(field)))
        return left
      },
      reserve(wanted, least) {
        const reservation = new Reservation(chain(run()), clock, run().budget.agent().name)
        try {
          reservation.extend(wanted, least)
          return reservation
        } catch (error) {
          reservation.release()
          throw error
        }
      },
      close() {
        const { budget, account } = run()
        if (account.closed) return []
        runs.delete(budget.run)
        return [drop(account.record.account), ...trim(account.record.agent)]
      },
    }
  }

  return {
    open(budget) {
      const open = runs.get(budget.run)
      if (open) return open.face
      const { id } = budget.agent()
      holders.set(id, budget.agent)
      const limit = (): Amounts => lowest(budget.agent().limits, budget.budget ?? {})
      const run: OpenRun = {
        budget,
        account: accountOf(`run:${budget.run}`, id, 'run', limit),
        parent: runs.get(budget.parent ?? '') ?? null,
        face: face(() => run),
      }
      runs.set(budget.run, run)
      return run.face
    },

    state({ id, budget }) {
      const { whole, today } = accountsOf(id)
      const line = ({ scope, spent, reserved }: Account, limit: Amounts): BudgetState => {
        return { scope, limit, spent, reserved, resetsAt: scope === 'day' ? nextDay(clock.now()) : null }
      }
      const own = [...runs.values()].filter(({ account }) => account.record.agent === id)
      const states = own.map(({ account }) => line(account, account.limit()))
      if (budget) states.push(line(budget.perDay ? today : whole, lowest(budget, {})))
      return states.filter(({ limit }) => Object.keys(limit).length > 0)
    },

    forget(agent) {
      const prefix = `agent:${agent}:`
      for (const name of [...records.keys()]) if (name === `agent:${agent}` || name.startsWith(prefix)) drop(name)
      holders.delete(agent)
      return [
        { op: 'delete', store: 'spending', key: `agent:${agent}` },
        { op: 'delete-range', store: 'spending', from: prefix, to: prefix + KEY_END },
      ]
    },
  }
}
