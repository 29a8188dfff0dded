/** Texts as the tokens of the sentence encoder, on the words that are shipped. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { tokensOf } from '../../../kernel/core/embeddings/tokens.ts'
import { WordVectors } from '../../../kernel/core/memory/search/word-vectors.ts'

const words = WordVectors.parse(new Uint8Array(readFileSync('wasm/words/words.bin')))
const [UNKNOWN, NUMBER, ASKED] = [words.size, words.size + 1, words.size + 2]

// As the Python that the encoder was trained with makes them (wasm/sentences), which splits by other regular expressions.
test.each([
  ['The refund for order 1042 was paid on Tuesday.', [35877, 29344, 13614, 25219, NUMBER, 38722, 25695, 25070, 36945]],
  ['Where did I park the automobile?', [39018, 9773, UNKNOWN, 25930, 35877, 2486, ASKED]],
  ["Ann's sister isn't called Zoë!", [1475, UNKNOWN, 32796, UNKNOWN, UNKNOWN, 5181, 39961]],
  ['planned running reimburses plumbers wolves boxes', [26926, 30863, 29451, 27043, 39356, 4342]],
  ['3s 4s 10 2nd mp3 covid-19', [NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, UNKNOWN, NUMBER]],
  ['日本語のテキスト 宇宙船', [UNKNOWN, UNKNOWN]],
  ['Überweisung naïve café ﬁne ½ Ⅷ x² ٣', [UNKNOWN, 23863, 5110, 13180, NUMBER, NUMBER, 38261, NUMBER, NUMBER]],
  ['snake_case under_score', [33144, 5590, 37291, 31545]],
  ['??? wait... what?!', [ASKED, ASKED, ASKED, 38565, 38999, ASKED]],
  ["DON'T İstanbul STRASSE Straße ΟΔΟΣ", [10434, UNKNOWN, 18514, UNKNOWN, UNKNOWN, UNKNOWN]],
  ['at 14:30 on 3/4', [2261, NUMBER, NUMBER, 25070, NUMBER, NUMBER]],
  ['é́ a\u0000b\nc', [UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]],
  ['   \n\t …', []],
])('%j is told to the encoder as it was taught', (text, tokens) => {
  expect(tokensOf(text, words)).toEqual(tokens)
})

test('a text has as many tokens as words, however long it is', () => {
  expect(tokensOf('tea '.repeat(1_500), words)).toEqual(Array.from({ length: 1_500 }, () => 35554))
})
