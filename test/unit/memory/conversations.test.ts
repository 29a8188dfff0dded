/** What the questions of `npm run bench:memory` claim of themselves. */
import { describe, expect, it } from 'vitest'
import { queryWordsOf, wordsOf } from '../../../kernel/core/memory/search/words.ts'
import { converse } from '../../bench/memory/conversations.ts'
import { HOME_TOPICS } from '../../bench/memory/home-topics.ts'
import { TOPICS } from '../../bench/memory/topics.ts'
import { TUNING_TOPICS } from '../../bench/memory/tuning-topics.ts'
import { WORK_TOPICS } from '../../bench/memory/work-topics.ts'

describe('the conversations of the benchmark', () => {
  it.each([...TOPICS, ...TUNING_TOPICS, ...HOME_TOPICS, ...WORK_TOPICS])(
    'ask about $name with a word of what was said, and otherwise with none',
    (topic) => {
      for (const said of [...topic.said, topic.changed]) {
        const words = new Set(wordsOf(said))
        expect(queryWordsOf(topic.asked).some((word) => words.has(word))).toBe(true)
        expect(queryWordsOf(topic.otherwise).filter((word) => words.has(word))).toEqual([])
      }
    },
  )

  it('are the same for the same seed, ask thirty questions, and say early what is asked about as long ago', () => {
    const { turns, asked } = converse(101)
    expect(converse(101)).toEqual({ turns, asked })
    expect(asked).toHaveLength(30)
    for (const { category, evidence } of asked) {
      expect(turns[evidence]?.speaker).toBe('user')
      if (category === 'long ago') expect(turns.length - evidence).toBeGreaterThan(300)
    }
  })
})
