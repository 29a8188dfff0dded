/** Limits and defaults of the scheduler that core/param.ts does not have, each with its unit and reason. */
import { QUANTUM_TOKENS } from '../param.ts'

/** Milliseconds between two answers for which a flow counts as never having left: storing one and asking anew take less. */
export const AWAY_MS = 1_000

/** Virtual tokens, times its weight, that a flow may get behind by being away for moments: two quanta of four slots. */
export const AWAY_TOKENS = 8 * QUANTUM_TOKENS
