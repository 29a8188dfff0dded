/**
 * `shared_get`, `shared_set` and `shared_list`: the whiteboard for agents. Keys are taken as models write them and made into
 * names, the same way each time. What an agent reads there was written by others: it is a tool's result, and untrusted.
 */
import { HearthError } from '../../../abi/index.ts'
import type { JsonValue, SharedEntry } from '../../../abi/index.ts'
import { SHARED_DEFAULT_NAMESPACE, SHARED_LISTED } from '../../shared/param.ts'
import type { SharedService } from '../../shared/service.ts'
import type { Mutation } from '../../storage/database.ts'
import { textOf, type BuiltinTool } from '../tool.ts'

type Service = () => Promise<SharedService>
type Arguments = Readonly<Record<string, JsonValue>>

const name = { type: 'string', minLength: 1, maxLength: 200 }
const namespace = { ...name, description: `Which board; ${SHARED_DEFAULT_NAMESPACE} unless given.` }
const common = { idempotent: true, timeoutMs: 10_000 }

export function sharedGet(service: Service): BuiltinTool {
  return {
    where: 'memory',
    manifest: {
      ...{ ...common, name: 'shared_get', effects: 'read' },
      description: 'Read one entry of the whiteboard that all agents share. Version 0 means that there is none.',
      parameters: {
        type: 'object',
        properties: { key: name, namespace },
        required: ['key'],
        additionalProperties: false,
      },
    },
    async run(args) {
      const entry = (await service()).find(placeIn(args))
      return entry ? { value: entry.entry?.value ?? null, version: entry.version } : { value: null, version: 0 }
    },
  }
}

export function sharedSet(service: Service): BuiltinTool {
  return {
    where: 'memory',
    manifest: {
      ...{ ...common, name: 'shared_set', effects: 'write' },
      description: 'Write one entry of the whiteboard that all agents share.',
      parameters: {
        type: 'object',
        properties: {
          key: name,
          value: { type: ['string', 'number', 'boolean', 'object', 'array', 'null'] },
          version: {
            ...{ type: 'integer', minimum: 0 },
            description: 'Write only if the entry is still at this version.',
          },
          namespace,
        },
        required: ['key', 'value'],
        additionalProperties: false,
      },
    },
    async run(args, { principal, signal, commit }) {
      const version = typeof args['version'] === 'number' ? args['version'] : undefined
      const by = {
        ...{ principal, tool: 'shared_set', signal },
        commit: (writes: readonly Mutation[], entry: SharedEntry) => commit(writes, versionOf(entry)),
      }
      return versionOf(await (await service()).write(placeIn(args), args['value'] ?? null, by, version))
    },
  }
}

const versionOf = ({ version }: SharedEntry): { version: number } => ({ version })

export function sharedList(service: Service): BuiltinTool {
  return {
    where: 'memory',
    manifest: {
      ...{ ...common, name: 'shared_list', effects: 'read' },
      description: 'List the keys on the whiteboard that all agents share.',
      parameters: {
        type: 'object',
        properties: {
          prefix: { ...name, description: 'Only keys at or below this one, such as db for db/main.' },
          namespace,
        },
        additionalProperties: false,
      },
    },
    async run(args) {
      const prefix = textOf(args, 'prefix')
      const { entries, more } = (await service()).list({
        ...{ namespace: namespaceIn(args), limit: SHARED_LISTED },
        ...(prefix !== '' && { prefix: nameFrom(prefix, KEY_UNITS) }),
      })
      const keys = entries.map(({ entry }) => entry?.key ?? '')
      if (keys.length === 0) return 'nothing there'
      return more ? { keys, more: `there are more than ${SHARED_LISTED}` } : keys
    },
  }
}

/** Bounds of names (abi/syscalls/shared.ts). */
const KEY_UNITS = 80
const NAMESPACE_UNITS = 47

const placeIn = (args: Arguments) => ({ namespace: namespaceIn(args), key: nameFrom(textOf(args, 'key'), KEY_UNITS) })

function namespaceIn(args: Arguments): string {
  const given = textOf(args, 'namespace').replaceAll('/', '-')
  return given === '' ? SHARED_DEFAULT_NAMESPACE : nameFrom(given, NAMESPACE_UNITS)
}

/** "Next meeting" becomes Next-meeting; slashes go on to separate parts. */
function nameFrom(text: string, units: number): string {
  const parts = text.split('/').map((part) => part.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^-+|-+$/g, ''))
  const made = parts.filter((part) => part !== '').join('/')
  if (made !== '' && made.length <= units) return made
  const message = `"${text.slice(0, units)}" is no name for the whiteboard. Use up to ${units} letters, digits, dots and dashes.`
  throw new HearthError('bad-request', message, { issues: [{ path: 'key', message: 'not a name' }] })
}
