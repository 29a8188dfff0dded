/**
 * `list_files`, `read_file`, `write_file`, `move_file`, `delete_file`, `search_files`, `restore_file`: an agent's own files. It
 * reaches no space but its own, whatever it asks for; the work is done in files/file-tools.ts.
 */
import { HearthError, type JsonValue, type Principal } from '../../../abi/index.ts'
import type { AgentPrincipal, FileTools } from '../../files/file-tools.ts'
import { Labelled, textOf, type BuiltinTool, type ToolCallContext } from '../tool.ts'

type Arguments = Readonly<Record<string, JsonValue>>
type Work = (
  tools: FileTools,
  agent: AgentPrincipal,
  args: Arguments,
  context: ToolCallContext,
) => Promise<JsonValue | Labelled>

const path = { type: 'string', minLength: 1, maxLength: 1_024, description: 'Such as notes/plan.md' }
const count = { type: 'integer', minimum: 1, maximum: 10_000 }

interface Shape {
  readonly description: string
  readonly properties: Readonly<Record<string, JsonValue>>
  readonly required: readonly string[]
  readonly effects: 'read' | 'write'
  /** Whether repeating it does no harm. */
  readonly idempotent: boolean
}

const reading = { effects: 'read', idempotent: true } as const
const writing = { effects: 'write', idempotent: true } as const

/** @param load imports what does the work, when it is first called */
export function fileTools(load: () => Promise<FileTools>): BuiltinTool[] {
  const tool = (name: string, { description, properties, required, ...rest }: Shape, work: Work): BuiltinTool => ({
    where: 'files',
    manifest: {
      ...{ name, description, ...rest, timeoutMs: 30_000 },
      parameters: { type: 'object', properties, required: [...required], additionalProperties: false },
    },
    run: async (args, context) => {
      const agent = agentOf(context.principal, name)
      return work(await load(), agent, args, context)
    },
  })
  return [
    tool(
      'list_files',
      { ...reading, description: 'List your files.', properties: { folder: { ...path, minLength: 0 } }, required: [] },
      async (tools, agent, args) => {
        const lines = await tools.list(agent, textOf(args, 'folder'))
        return lines.length === 0 ? 'no files' : lines
      },
    ),
    tool(
      'read_file',
      {
        ...reading,
        description: 'Read one of your text files.',
        properties: { path, page: count },
        required: ['path'],
      },
      async (tools, agent, args, { signal }) => {
        const { value, provenance } = await tools.read(agent, textOf(args, 'path'), numberOf(args, 'page'), signal)
        return new Labelled(value, provenance)
      },
    ),
    tool(
      'write_file',
      {
        ...writing,
        description: 'Write a text file: all of it. What was in it can be restored.',
        properties: { path, text: { type: 'string', maxLength: 200_000 } },
        required: ['path', 'text'],
      },
      async (tools, agent, args) => {
        await tools.write(agent, textOf(args, 'path'), textOf(args, 'text'))
        return 'saved'
      },
    ),
    tool(
      'move_file',
      {
        ...writing,
        description: 'Move or rename a file or folder.',
        properties: { path, to: path },
        required: ['path', 'to'],
      },
      async (tools, agent, args) => {
        await tools.move(agent, textOf(args, 'path'), textOf(args, 'to'))
        return 'moved'
      },
    ),
    tool(
      'delete_file',
      {
        ...writing,
        description: 'Delete a file or folder. It can be restored.',
        properties: { path },
        required: ['path'],
      },
      async (tools, agent, args) => {
        await tools.delete(agent, textOf(args, 'path'))
        return 'deleted'
      },
    ),
    tool(
      'search_files',
      {
        ...reading,
        description: 'Search your files by name and content.',
        properties: { query: { type: 'string', minLength: 1, maxLength: 10_000 } },
        required: ['query'],
      },
      async (tools, agent, args, { signal }) => {
        const found = await tools.search(agent, textOf(args, 'query'), signal)
        return found === null ? 'nothing found' : new Labelled(found.value, found.provenance)
      },
    ),
    tool(
      'restore_file',
      {
        effects: 'write',
        // Once more it would go back further, or forward again.
        idempotent: false,
        description: 'Bring back what a file was before, or a deleted file.',
        properties: { path, versions_ago: count },
        required: ['path'],
      },
      async (tools, agent, args) => {
        await tools.restore(agent, textOf(args, 'path'), numberOf(args, 'versions_ago'))
        return 'restored'
      },
    ),
  ]
}

/** A count whose schema has been checked; 1 when it was left out. */
function numberOf(args: Arguments, name: string): number {
  const value = args[name]
  return typeof value === 'number' ? value : 1
}

function agentOf(principal: Principal, tool: string): AgentPrincipal {
  if (principal.kind === 'agent') return principal
  const reason = 'only an agent has files of its own'
  const message = `${tool} was not called: ${reason}. Use the files room, or hearth.files in a page.`
  throw new HearthError('tool-failed', message, { tool, reason })
}
