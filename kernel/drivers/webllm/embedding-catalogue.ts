/** WebLLM's embedding models as people may choose them. The list is read from the library at build time. */
import { embedders } from 'virtual:webllm-catalogue'
import type { OfferedEmbedder } from '../../core/embeddings/embedder.ts'

/** Parameters of the models of the list, by what their ids begin with; all are stored as 32-bit floats. */
const PARAMETERS: readonly (readonly [start: string, count: number])[] = [
  ['snowflake-arctic-embed-m', 109e6],
  ['snowflake-arctic-embed-s', 33.2e6],
]

const FLOAT_BYTES = 4

export function webllmEmbedders(): readonly OfferedEmbedder[] {
  return embedders.map(({ id, memoryMegabytes }) => {
    const parameters = PARAMETERS.find(([start]) => id.startsWith(start))?.[1]
    const texts = /-b(\d+)$/.exec(id)?.[1] ?? 'some'
    const memory = memoryMegabytes === null ? '' : ` and takes ${Math.round(memoryMegabytes)} MB of its memory`
    return {
      choice: { kind: 'webllm', model: id },
      name: id.replace(/-q0f32-MLC-b\d+$/, '').replaceAll('-', ' ') + `, ${texts} texts at once`,
      note: `Computes on the graphics card through WebLLM${memory}. It reads whole English sentences, so it finds what is said in other words; of a long memory it reads the first 512 tokens. The download comes from huggingface.co; nothing is sent.`,
      bytes: parameters === undefined ? null : Math.round(parameters * FLOAT_BYTES),
    }
  })
}
