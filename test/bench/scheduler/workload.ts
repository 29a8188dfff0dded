/** What is asked in these benchmarks. The starter model counts on until it is stopped, so that answers are as long as they may be. */

/** A question nobody has asked before, so that neither side finds its prompt in a cache. */
export function question(number: number): string {
  return `Count from ${number} to ${number + 90}.`
}

/** A prompt of `lines` lines, some nine tokens each, that begins like no other and asks for a long answer. */
export function longQuestion(number: number, lines: number): string {
  const facts = Array.from({ length: lines }, (_, index) => `- my dog ${index} is Rosa`)
  return `# ${number}\n${facts.join('\n')}\n${question(1)}`
}
