/** Field shapes several families share. */
import * as z from 'zod'
import { NAME_UNITS, TEXT_UNITS } from '../limits.ts'

export const Id = z.string().min(1).max(NAME_UNITS)
export const Name = z.string().trim().min(1).max(NAME_UNITS)
export const Text = z.string().max(TEXT_UNITS)
export const Empty = z.strictObject({})

/** Milliseconds since 1970-01-01 UTC. */
export const Time = z.number().nonnegative()

/** Plain data: what structured clone and JSON both carry. */
export const Json: z.ZodType<JsonValue> = z.json()
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/** A JSON Schema object (draft 2020-12); checked for shape where it is used. */
export const JsonSchema = z.record(z.string(), Json)
export type JsonSchema = z.infer<typeof JsonSchema>
