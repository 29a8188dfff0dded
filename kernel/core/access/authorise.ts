/**
 * May this principal make this call? Deny by default: what no grant names is refused. The table is small today, with one
 * row per kind of principal; narrower grants (per app, expiring, delegated) take their place in it later.
 */
import type { Principal, SyscallArgs, SyscallName } from '../../abi/index.ts'

/** Names of the tools an agent may use, or undefined when there is no such agent. */
export type ToolsOf = (agent: string) => readonly string[] | undefined

/** Why not, for a person; undefined when the call is granted. */
export type Denial = string | undefined

type Grant<K extends Principal['kind']> = (
  principal: Extract<Principal, { kind: K }>,
  name: SyscallName,
  args: unknown,
  toolsOf: ToolsOf,
) => Denial

const GRANTS: { readonly [K in Principal['kind']]: Grant<K> } = {
  // The person may do everything.
  user: () => undefined,
  // Pages of one origin share their storage and could do everything anyway, so an app may too, for now.
  app: () => undefined,
  kernel: () => undefined,
  // An agent acts through tools alone, and only through those in its list.
  agent(principal, name, args, toolsOf) {
    if (name !== 'tool.call') return 'agents may only call tools'
    const tools = toolsOf(principal.id)
    if (tools === undefined) return 'the agent no longer exists'
    const tool = (args as SyscallArgs<'tool.call'>).name
    return tools.includes(tool) ? undefined : `the tool ${tool} is not in the agent's list`
  },
}

/** @param args already checked against the syscall's schema. */
export function authorise(principal: Principal, name: SyscallName, args: unknown, toolsOf: ToolsOf): Denial {
  const grant = GRANTS[principal.kind] as Grant<Principal['kind']> | undefined
  return grant === undefined ? 'nothing was granted to this caller' : grant(principal, name, args, toolsOf)
}
