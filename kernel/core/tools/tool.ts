/** What every tool is to the kernel, wherever its code runs: a manifest and one way to run it. */
import type { JsonValue, Principal, Provenance, ToolManifest } from '../../abi/index.ts'
import type { Mutation } from '../storage/database.ts'

/**
 * Commits what a tool writes, strictly, and for a run that its call has returned `value`: it is not made again after a crash.
 * @throws HearthError as `Database.commit` does; `cancelled` when the call was given up meanwhile
 */
export type CommitEffect = (writes: readonly Mutation[], value: JsonValue) => Promise<void>

/** For the call that whoever it is makes now. */
export type EffectsOf = (principal: Principal) => CommitEffect

export interface ToolCallContext {
  readonly principal: Principal
  /** Name of the agent that calls, or null when a person or an app does. */
  readonly agent: string | null
  /** For a person: who calls. */
  readonly name: string
  /** Aborts when the caller gives up or the tool's time is over. */
  readonly signal: AbortSignal
  readonly commit: CommitEffect
}

/** A text argument whose schema has been checked. */
export const textOf = (args: Readonly<Record<string, JsonValue>>, name: string): string => {
  const value = args[name]
  return typeof value === 'string' ? value : ''
}

/** A tool of the kernel's own. Arguments have been checked against the manifest when `run` gets them. */
export interface BuiltinTool {
  readonly manifest: ToolManifest
  /** Where it runs, for a person: "sandbox", "memory", "kernel". */
  readonly where: string
  /** True when it ends by itself however long that takes: `timeoutMs` is not held against it. */
  readonly untimed?: boolean
  /** @throws HearthError; anything else it throws is reported as `tool-failed`. */
  run(args: Readonly<Record<string, JsonValue>>, context: ToolCallContext): Promise<JsonValue | Labelled>
}

/** A result that was stored before, with where it came from; without it a result is nobody's word and not to be trusted. */
export class Labelled {
  readonly value: JsonValue
  readonly provenance: Provenance

  constructor(value: JsonValue, provenance: Provenance) {
    this.value = value
    this.provenance = provenance
  }
}
