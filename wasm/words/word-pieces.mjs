/**
 * Text to the numbers that the teacher reads: WordPiece as in BERT (Devlin et al., 2019; Wu et al., 2016), lower case and without
 * accents. Made for the English texts of corpus.mjs; Chinese characters, which BERT takes one by one, are not looked after.
 */

/** Pieces of a text that are read, the first ones, besides one before and one after all. */
const PIECES = 126

/** @param {string} vocabulary the model's vocab.txt @returns {(text: string) => number[]} */
export function wordPieces(vocabulary) {
  const numbers = new Map(vocabulary.split('\n').map((piece, number) => [piece, number]))
  const [begin, end, unknown] = ['[CLS]', '[SEP]', '[UNK]'].map((piece) => numbers.get(piece))

  /** The longest piece first, then the longest of what is left. */
  function piecesOf(word) {
    const pieces = []
    for (let start = 0; start < word.length;) {
      const mark = start === 0 ? '' : '##'
      let stop = word.length
      while (stop > start && !numbers.has(mark + word.slice(start, stop))) stop--
      if (stop === start) return [unknown]
      pieces.push(numbers.get(mark + word.slice(start, stop)))
      start = stop
    }
    return pieces
  }

  return (text) => {
    const plain = text
      .toLowerCase()
      .normalize('NFD')
      .replace(/\p{Mn}/gu, '')
    const words = plain.match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? []
    return [begin, ...words.flatMap(piecesOf).slice(0, PIECES), end]
  }
}
