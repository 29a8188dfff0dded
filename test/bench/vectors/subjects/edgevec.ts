/**
 * EdgeVec: its HNSW over float32, with the same M and widths as ours. By Euclidean distance of vectors of length 1, which is
 * the same order as by cosine: with its own cosine, version 0.9.0 returns the least similar vectors.
 */
import init, { EdgeVec, EdgeVecConfig, MetricType } from 'edgevec'
import type { InitOutput } from 'edgevec'
import address from 'edgevec/edgevec_bg.wasm?url&inline'
import { VECTOR_BUILD_WIDTH, VECTOR_SEARCH_WIDTH } from '../../../../kernel/core/memory/param.ts'
import { DIMENSIONS, vectorAt } from '../data.ts'
import { NotFinished, OWNER, ownerOf } from '../subject.ts'
import type { Subject } from '../subject.ts'

const LINKS = 16
const AT_ONCE = 500
const NAME = 'bench-edgevec'

export async function createEdgevec(): Promise<Subject> {
  const bytes = await (await fetch(address)).arrayBuffer()
  const { memory } = (await init({ module_or_path: bytes })) as InitOutput & { memory: WebAssembly.Memory }
  let index: EdgeVec | undefined
  let rowOf = new Map<number, number>()
  const own = (): EdgeVec => {
    if (index === undefined) throw new Error('build first')
    return index
  }
  const insert = (row: number, vector: Float32Array): void => {
    rowOf.set(own().insertWithMetadata(vector, { owner: ownerOf(row) }), row)
  }
  const rows = (found: unknown): number[] => (found as { id: number }[]).map(({ id }) => rowOf.get(id) ?? -1)
  return {
    async build(data, late) {
      const config = new EdgeVecConfig(DIMENSIONS)
      config.setMetricType(MetricType.L2)
      config.m = LINKS
      config.m0 = 2 * LINKS
      config.ef_construction = VECTOR_BUILD_WIDTH
      config.ef_search = VECTOR_SEARCH_WIDTH
      index = new EdgeVec(config)
      rowOf = new Map()
      for (let row = 0; row < data.count; row++) {
        insert(row, vectorAt(data, row).slice())
        if (row % AT_ONCE === 0 && late()) throw new NotFinished()
      }
    },
    addOne: (row, vector) => insert(row, vector),
    search: (query, k) => rows(own().search(query, k)),
    filtered: (query, k) => rows(own().searchWithFilter(query, `owner = ${OWNER}`, k)),
    async save() {
      await own().save(NAME)
      return own().serializedSize()
    },
    async load() {
      index?.free()
      index = await EdgeVec.load(NAME)
    },
    bytes: () => memory.buffer.byteLength,
  }
}
