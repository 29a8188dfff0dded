/** A text without what does not change its meaning: case, accents, spaces, and punctuation around words. */
export function plainTextOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[’`]/g, "'")
    .replace(/[^\p{L}\p{N}\p{M}'$€£%@+#/-]+/gu, ' ')
    .trim()
}
