/** The sentence encoder's computation as its format describes it, in float64 and without any haste. */
import type { Matrix, Weights } from './weights.ts'

type Numbers = readonly number[]

const row = ({ columns, values }: Matrix, index: number): Numbers => [
  ...values.subarray(index * columns, (index + 1) * columns),
]
const dot = (a: Numbers, b: Numbers): number => a.reduce((sum, value, index) => sum + value * (b[index] ?? NaN), 0)
const add = (a: Numbers, b: Numbers): Numbers => a.map((value, index) => value + (b[index] ?? NaN))
const times = (a: Numbers, factor: number): Numbers => a.map((value) => value * factor)
const product = (matrix: Matrix, input: Numbers): Numbers =>
  Array.from({ length: matrix.rows }, (_, index) => dot(row(matrix, index), input))
const sumOf = (vectors: readonly Numbers[]): Numbers => vectors.reduce((sum, vector) => add(sum, vector))

function normalised(state: Numbers, gain: Float64Array): Numbers {
  const factor = 1 / Math.sqrt(dot(state, state) / state.length + 1e-6)
  return state.map((value, index) => value * factor * (gain[index] ?? NaN))
}

/** What a token with `query` sees of the others. */
function seen(query: Numbers, keys: readonly Numbers[], values: readonly Numbers[]): Numbers {
  const scores = keys.map((key) => dot(query, key) / Math.sqrt(query.length))
  const most = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - most))
  const total = powers.reduce((sum, power) => sum + power, 0)
  return sumOf(values.map((value, index) => times(value, (powers[index] ?? NaN) / total)))
}

export function encodeSlowly(weights: Weights, tokens: readonly number[]): Numbers {
  const { width, heads } = weights.sizes
  const own = width / heads
  let states = tokens.map((token, position) => {
    const embedding = row(weights.embeddings, token)
    const state = weights.inward === null ? embedding : product(weights.inward, embedding)
    return add(state, row(weights.positions, position))
  })
  for (const layer of weights.layers) {
    const projected = states.map((state) => product(layer.projection, normalised(state, layer.attentionGain)))
    const part = (which: number, head: number): Numbers[] =>
      projected.map((all) => all.slice(which * width + head * own, which * width + (head + 1) * own))
    const byHead = Array.from({ length: heads }, (_, head) => {
      const [queries, keys, values] = [part(0, head), part(1, head), part(2, head)]
      return queries.map((query) => seen(query, keys, values))
    })
    states = states.map((state, token) =>
      add(
        state,
        product(
          layer.gathering,
          byHead.flatMap((all) => all[token] ?? []),
        ),
      ),
    )
    states = states.map((state) => {
      const raised = add(product(layer.up, normalised(state, layer.networkGain)), [...layer.upBias])
      const lowered = product(
        layer.down,
        raised.map((value) => Math.max(0, value)),
      )
      return add(state, add(lowered, [...layer.downBias]))
    })
  }
  const result = product(weights.outward, sumOf(states))
  return times(result, 1 / Math.sqrt(dot(result, result)))
}
