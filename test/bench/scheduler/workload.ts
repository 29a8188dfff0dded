/** What is asked in these benchmarks. The starter model counts on until it is stopped, so that answers are as long as they may be. */

/** A question nobody has asked before, so that neither side finds its prompt in a cache. */
export function question(number: number): string {
  return `Count from ${number} to ${number + 90}.`
}

/** Text of some `words` words that begins like no other, and ends in a question. */
export function longQuestion(number: number, words: number): string {
  const notes = Array.from({ length: Math.ceil(words / 9) }, (_, index) => {
    return `Note ${number}${index}: the door code of room ${index} is ${(number * 7919 + index * 104_729) % 10_000}.`
  })
  return `${notes.join(' ')} ${question(number)}`
}
