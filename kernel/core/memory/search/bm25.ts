/**
 * Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009): what a word that a
 * text shares with a query is worth. Pure.
 */

/** How fast repeated words stop counting, and how much long texts are held back: the usual values. */
const SATURATION = 1.2
const LENGTH_WEIGHT = 0.75

/** The most that `weightOf` gives, of the word's rarity. */
export const MOST_WEIGHT = SATURATION + 1

/**
 * Texts without the word that are counted besides those there are: a handful says little of how rare a word is, and the name
 * that both of two memories have would tell nothing.
 */
const PRIOR_TEXTS = 50

/** How much a word tells: near 0 for one in nearly every text of many, and more the fewer have it. */
export function rarityOf(holders: number, texts: number): number {
  // A word that no text has says that the query is about something else, but no louder than one that a single text has.
  const held = Math.max(1, holders)
  return Math.log(1 + (Math.max(0, texts - held) + PRIOR_TEXTS + 0.5) / (held + 0.5))
}

/** @param count how often the word is in the text, from 1 */
export function weightOf(count: number, length: number, meanLength: number, rarity: number): number {
  const held = SATURATION * (1 - LENGTH_WEIGHT + (LENGTH_WEIGHT * length) / meanLength)
  return (rarity * count * MOST_WEIGHT) / (count + held)
}
