/** Orama: a search engine in plain JavaScript, of which this measures only the vectors. */
import { create, insert, insertMultiple, load, save, search } from '@orama/orama'
import type { AnyOrama, RawData } from '@orama/orama'
import { DIMENSIONS, vectorAt } from '../data.ts'
import { NotFinished, OWNER, ownerOf } from '../subject.ts'
import type { Subject } from '../subject.ts'

const AT_ONCE = 500
const schema = { owner: 'number', embedding: `vector[${DIMENSIONS}]` } as const

export function createOrama(): Subject {
  let index: AnyOrama = create({ schema })
  let saved = ''
  const document = (row: number, vector: Float32Array) => ({
    id: String(row),
    owner: ownerOf(row),
    embedding: Array.from(vector),
  })
  const rows = async (query: Float32Array, k: number, where: object = {}): Promise<number[]> => {
    const { hits } = await search(index, {
      mode: 'vector',
      vector: { value: Array.from(query), property: 'embedding' },
      similarity: -1,
      limit: k,
      ...where,
    })
    return hits.map(({ id }) => Number(id))
  }
  return {
    async build(data, late) {
      for (let start = 0; start < data.count; start += AT_ONCE) {
        const length = Math.min(AT_ONCE, data.count - start)
        await insertMultiple(
          index,
          Array.from({ length }, (_, at) => document(start + at, vectorAt(data, start + at))),
        )
        if (late()) throw new NotFinished()
      }
    },
    async addOne(row, vector) {
      await insert(index, document(row, vector))
    },
    search: (query, k) => rows(query, k),
    filtered: (query, k) => rows(query, k, { where: { owner: { eq: OWNER } } }),
    async save() {
      saved = JSON.stringify(save(index))
      return new TextEncoder().encode(saved).length
    },
    async load() {
      index = create({ schema })
      load(index, JSON.parse(saved) as RawData)
    },
    bytes: () => null,
    note: 'text, not stored',
  }
}
