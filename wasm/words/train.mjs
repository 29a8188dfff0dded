/**
 * Moves word vectors until the weighted mean of a text's words points where the teacher's vector of the text does (as Tokenlearn
 * does for the "potion" models of MinishLab, 2024), by AdaGrad (Duchi, Hazan and Singer, 2011) on the cosine. They begin as the
 * teacher's vectors of the words alone, and are held near them. The same input gives the same numbers.
 */

/** Times all texts are gone through; step at first; how strongly a vector is drawn back to where it began. */
const ROUNDS = 10
const STEP = 0.05
const HOLD = 0.02

/** Of so many texts one is not learnt from, so that what was learnt can be judged. */
const LEFT_OUT = 20
const isLeftOut = (text) => text % LEFT_OUT === 7

/**
 * @param {Float32Array} vectors of the words, each as long as it counts in a text; changed in place
 * @param {Int32Array[]} texts the places of each one's words
 * @param {Float32Array} targets where each text is to point, of length one
 * @param {number} dimensions
 * @param {(round: number, cosine: number) => void} tell with what the texts left out say, once before and after each round
 */
export function train(vectors, texts, targets, dimensions, tell) {
  const began = Float32Array.from(vectors)
  const squares = new Float32Array(vectors.length / dimensions).fill(1e-6)
  const order = [...texts.keys()]
  const shuffle = shuffler()
  const sum = new Float64Array(dimensions)
  const gradient = new Float64Array(dimensions)

  /** Adds up a text's words; gives the length of the sum and its product with the target. */
  function lookAt(text) {
    sum.fill(0)
    for (const word of texts[text]) for (let k = 0; k < dimensions; k++) sum[k] += vectors[word * dimensions + k]
    let square = 0
    let product = 0
    for (let k = 0; k < dimensions; k++) {
      square += sum[k] ** 2
      product += sum[k] * targets[text * dimensions + k]
    }
    return { length: Math.sqrt(square), product }
  }

  function learnFrom(text) {
    const { length: exact, product } = lookAt(text)
    const length = exact || 1
    const cosine = product / length
    let square = 0
    for (let k = 0; k < dimensions; k++) {
      gradient[k] = -(targets[text * dimensions + k] - (cosine * sum[k]) / length) / length
      square += gradient[k] ** 2
    }
    for (const word of texts[text]) {
      squares[word] += square
      const step = STEP / Math.sqrt(squares[word])
      for (let k = 0; k < dimensions; k++) {
        const at = word * dimensions + k
        vectors[at] -= step * (gradient[k] + HOLD * (vectors[at] - began[at]))
      }
    }
  }

  /** Mean cosine of the texts left out that have more than one word. */
  function judge() {
    const judged = order.filter((text) => isLeftOut(text) && texts[text].length > 1)
    const total = judged.reduce((all, text) => {
      const { length, product } = lookAt(text)
      return all + product / length
    }, 0)
    return total / judged.length
  }

  tell(0, judge())
  for (let round = 1; round <= ROUNDS; round++) {
    shuffle(order)
    for (const text of order) if (texts[text].length > 0 && !isLeftOut(text)) learnFrom(text)
    tell(round, judge())
  }
}

/** Shuffles in place (Fisher and Yates), by a linear congruential generator: each time the same. */
function shuffler() {
  let seed = 1
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed / 2 ** 32
  }
  return (list) => {
    for (let last = list.length - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1))
      ;[list[last], list[other]] = [list[other], list[last]]
    }
  }
}
