/**
 * What embedding models want to be told with a text: whether it is searched for, or searched. Families that were trained with
 * such words find clearly less without them; each's are from its model card. Pure.
 */
import type { EmbeddingPurpose } from './embedder.ts'

interface Family {
  readonly name: RegExp
  readonly query: string
  readonly document: string
}

const SEARCHING = 'Represent this sentence for searching relevant passages: '

const FAMILIES: readonly Family[] = [
  { name: /nomic.*embed/i, query: 'search_query: ', document: 'search_document: ' },
  { name: /snowflake|arctic.?embed/i, query: SEARCHING, document: '' },
  { name: /mxbai.?embed|\bbge\b.*\ben\b/i, query: SEARCHING, document: '' },
  { name: /(^|[^a-z])(multilingual )?e5( |$)/i, query: 'query: ', document: 'passage: ' },
  { name: /embedding ?gemma/i, query: 'task: search result | query: ', document: 'title: none | text: ' },
  { name: /qwen3 embedding/i, query: 'Instruct: Find what answers the question\nQuery: ', document: '' },
]

/** @param model its name or id */
export function withPurpose(model: string, texts: readonly string[], purpose: EmbeddingPurpose): readonly string[] {
  const plain = model.replace(/[-_./]+/g, ' ')
  const prefix = FAMILIES.find(({ name }) => name.test(plain))?.[purpose] ?? ''
  return prefix === '' ? texts : texts.map((text) => prefix + text)
}
