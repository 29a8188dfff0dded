/**
 * A set in order, with the place of each member: a treap (Seidel and Aragon, "Randomized Search Trees", 1996). Adding,
 * removing and asking for a place take O(log n) expected. What the order depends on must not change while a value is in it.
 */
interface Node<T> {
  readonly value: T
  readonly priority: number
  size: number
  left: Node<T> | null
  right: Node<T> | null
}

export class OrderedSet<T> implements Iterable<T> {
  readonly #compare: (one: T, other: T) => number
  readonly #random: () => number
  #root: Node<T> | null = null

  /** @param compare total: 0 only for one and the same value. @param random from 0 to below 1 */
  constructor(compare: (one: T, other: T) => number, random: () => number) {
    this.#compare = compare
    this.#random = random
  }

  get size(): number {
    return sizeOf(this.#root)
  }

  /** The least value; null when there is none. */
  get first(): T | null {
    let node = this.#root
    while (node?.left) node = node.left
    return node ? node.value : null
  }

  add(value: T): void {
    const node: Node<T> = { value, priority: this.#random(), size: 1, left: null, right: null }
    this.#root = this.#insert(this.#root, node)
  }

  /** Does nothing when it is not in the set. */
  delete(value: T): void {
    this.#root = this.#remove(this.#root, value)
  }

  /** How many come before this value, which need not be in the set. */
  before(value: T): number {
    let count = 0
    let node = this.#root
    while (node) {
      if (this.#compare(value, node.value) > 0) {
        count += sizeOf(node.left) + 1
        node = node.right
      } else {
        node = node.left
      }
    }
    return count
  }

  *[Symbol.iterator](): IterableIterator<T> {
    const path: Node<T>[] = []
    let node = this.#root
    while (node || path.length > 0) {
      for (; node; node = node.left) path.push(node)
      const next = path.pop()
      if (!next) return
      yield next.value
      node = next.right
    }
  }

  #insert(node: Node<T> | null, added: Node<T>): Node<T> {
    if (!node) return added
    if (added.priority < node.priority) {
      ;[added.left, added.right] = this.#split(node, added.value)
      return sized(added)
    }
    if (this.#compare(added.value, node.value) < 0) node.left = this.#insert(node.left, added)
    else node.right = this.#insert(node.right, added)
    return sized(node)
  }

  #split(node: Node<T> | null, at: T): [Node<T> | null, Node<T> | null] {
    if (!node) return [null, null]
    if (this.#compare(node.value, at) < 0) {
      const [left, right] = this.#split(node.right, at)
      node.right = left
      return [sized(node), right]
    }
    const [left, right] = this.#split(node.left, at)
    node.left = right
    return [left, sized(node)]
  }

  #remove(node: Node<T> | null, value: T): Node<T> | null {
    if (!node) return null
    const order = this.#compare(value, node.value)
    if (order === 0) return joined(node.left, node.right)
    if (order < 0) node.left = this.#remove(node.left, value)
    else node.right = this.#remove(node.right, value)
    return sized(node)
  }
}

const sizeOf = (node: Node<unknown> | null): number => node?.size ?? 0

function sized<T>(node: Node<T>): Node<T> {
  node.size = sizeOf(node.left) + sizeOf(node.right) + 1
  return node
}

/** All of `left` comes before all of `right`. */
function joined<T>(left: Node<T> | null, right: Node<T> | null): Node<T> | null {
  if (!left || !right) return left ?? right
  if (left.priority < right.priority) {
    left.right = joined(left.right, right)
    return sized(left)
  }
  right.left = joined(left, right.left)
  return sized(right)
}
