/**
 * What an agent does with what it knows besides remembering it: forgets and rewrites memories of its own, edits its working
 * blocks, and files how a task went. A memory is named by its words: models are shown no ids.
 */
import type { Experience } from '../../../abi/index.ts'
import type { MemoryService } from '../../memory/service.ts'
import { textOf, type BuiltinTool } from '../tool.ts'
import { callOf } from './memory.ts'

const text = (maxLength: number, description?: string): { type: 'string'; minLength: number; maxLength: number } => ({
  type: 'string',
  minLength: 1,
  maxLength,
  ...(description === undefined ? {} : { description }),
})

function tool(
  name: string,
  description: string,
  properties: Record<string, object>,
  required: string[],
): BuiltinTool['manifest'] {
  return {
    ...{ name, description, effects: 'write', idempotent: true, timeoutMs: 10_000 },
    parameters: { type: 'object', properties, required, additionalProperties: false } as never,
  }
}

export function forget(memory: Pick<MemoryService, 'forgetOne'>): BuiltinTool {
  return {
    where: 'memory',
    manifest: tool('forget', 'Delete a fact from long-term memory.', { fact: text(10_000) }, ['fact']),
    async run(args, context) {
      await memory.forgetOne(textOf(args, 'fact').trim(), callOf('forget', context, 'forgotten'))
      return 'forgotten'
    },
  }
}

export function updateMemory(memory: Pick<MemoryService, 'rewrite'>): BuiltinTool {
  return {
    where: 'memory',
    manifest: tool(
      'update_memory',
      'Change what a fact in long-term memory says.',
      { fact: text(10_000, 'The fact as it is now.'), now: text(10_000, 'What it should say.') },
      ['fact', 'now'],
    ),
    async run(args, context) {
      const [fact, now] = [textOf(args, 'fact').trim(), textOf(args, 'now').trim()]
      await memory.rewrite(fact, now, callOf('update_memory', context, 'saved'))
      return 'saved'
    },
  }
}

export function editBlock(memory: Pick<MemoryService, 'editBlock'>): BuiltinTool {
  return {
    where: 'memory',
    manifest: {
      ...tool(
        'edit_block',
        'Change one of your blocks: the short notes that you always see.',
        {
          name: text(128),
          text: { type: 'string', maxLength: 10_000, description: 'The new text.' },
          replaces: text(10_000, 'The part that it takes the place of; all of the block when left out.'),
        },
        ['name', 'text'],
      ),
      // Replacing a part twice may find it a second time.
      idempotent: false,
    },
    async run(args, context) {
      const replaces = textOf(args, 'replaces')
      const edit = { name: textOf(args, 'name').trim(), text: textOf(args, 'text') }
      await memory.editBlock(replaces === '' ? edit : { ...edit, replaces }, callOf('edit_block', context, 'saved'))
      return 'saved'
    },
  }
}

export function noteExperience(memory: Pick<MemoryService, 'note'>): BuiltinTool {
  return {
    where: 'memory',
    manifest: tool(
      'note_experience',
      'Save how a task went, for the next time something like it is to be done.',
      {
        task: text(10_000),
        tried: text(10_000, 'What you did.'),
        outcome: { type: 'string', enum: ['worked', 'failed', 'mixed'] },
        lesson: text(10_000, 'What to do the next time.'),
      },
      ['task', 'tried', 'outcome', 'lesson'],
    ),
    async run(args, context) {
      const part = (name: string): string => textOf(args, name).trim()
      const outcome = part('outcome') as Experience['outcome']
      const experience = { task: part('task'), tried: part('tried'), outcome, lesson: part('lesson') }
      await memory.note(experience, callOf('note_experience', context, 'saved'))
      return 'saved'
    },
  }
}
