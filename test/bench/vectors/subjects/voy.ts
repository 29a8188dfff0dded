/** voy-search by itself: its k-d tree, and its own text to save it. */
import * as voy from 'voy-search/voy_search_bg.js'
import type { Voy } from 'voy-search'
import address from 'voy-search/voy_search_bg.wasm?url&inline'
import { vectorAt } from '../data.ts'
import type { Subject } from '../subject.ts'

export async function createVoy(): Promise<Subject> {
  const bytes = await (await fetch(address)).arrayBuffer()
  const { instance } = await WebAssembly.instantiate(bytes, { './voy_search_bg.js': { ...voy } })
  voy.__wbg_set_wasm(instance.exports)
  const memory = instance.exports['memory'] as WebAssembly.Memory
  let index: Voy | undefined
  let saved = ''
  const item = (row: number, vector: Float32Array) => ({
    id: String(row),
    title: '',
    url: '',
    embeddings: Array.from(vector),
  })
  return {
    async build(data) {
      const embeddings = Array.from({ length: data.count }, (_, row) => item(row, vectorAt(data, row)))
      index = new voy.Voy({ embeddings })
    },
    addOne: (row, vector) => index?.add({ embeddings: [item(row, vector)] }),
    search: (query, k) => (index?.search(query, k).neighbors ?? []).map(({ id }) => Number(id)),
    async save() {
      saved = index?.serialize() ?? ''
      return new TextEncoder().encode(saved).length
    },
    async load() {
      index?.free()
      index = voy.Voy.deserialize(saved)
    },
    bytes: () => memory.buffer.byteLength,
    note: 'text, not stored',
  }
}
