/** The table of handlers. One that is missing is a compile error here; the mechanisms live in the modules named below. */
import type { Handlers, HandlersOf } from './call.ts'

export interface Families {
  /** handlers-kernel.ts */
  readonly kernel: HandlersOf<'kernel'>
  /** engines/service.ts */
  readonly model: HandlersOf<'model'>
  /** llm.ts */
  readonly llm: HandlersOf<'llm'>
  /** agents/service.ts */
  readonly agent: HandlersOf<'agent'> & HandlersOf<'run'>
  /** tools/service.ts */
  readonly tool: HandlersOf<'tool'>
  /** memory/service.ts */
  readonly memory: HandlersOf<'memory'>
  /** archive/service.ts */
  readonly archive: HandlersOf<'archive'>
  /** shared/handlers.ts */
  readonly shared: HandlersOf<'shared'>
  /** embeddings/embeddings.ts */
  readonly embedding: HandlersOf<'embedding'>
  /** files/service.ts */
  readonly files: HandlersOf<'files'>
  /** context/service.ts */
  readonly context: HandlersOf<'context'>
}

export function handlersOf(families: Families): Handlers {
  const { kernel, model, llm, agent, tool, memory, context, archive, shared, embedding, files } = families
  return {
    ...kernel,
    ...model,
    ...llm,
    ...agent,
    ...tool,
    ...memory,
    ...context,
    ...archive,
    ...shared,
    ...embedding,
    ...files,
  } satisfies Handlers
}
