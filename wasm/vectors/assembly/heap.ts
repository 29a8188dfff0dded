/**
 * Binary min-heaps of 64-bit keys. A key is a similarity in its upper half, so that keys order as similarities do, and the
 * complement of a row in its lower half, so that of equals the lower row is the greater key and wins.
 */

export function keyOf(similarity: f32, row: u32): u64 {
  const bits = reinterpret<u32>(similarity)
  const ordered = bits ^ ((<u32>((<i32>bits) >> 31)) | 0x80000000)
  return ((<u64>ordered) << 32) | (<u64>~row)
}

export function rowOf(key: u64): u32 {
  return ~(<u32>key)
}

export function similarityOf(key: u64): f32 {
  const ordered = <u32>(key >> 32)
  return reinterpret<f32>(ordered ^ ((ordered & 0x80000000) !== 0 ? 0x80000000 : 0xffffffff))
}

/** Adds a key to a heap that has `size` of them. */
export function push(heap: usize, size: u32, key: u64): void {
  let at = size
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = load<u64>(heap + (parent << 3))
    if (above <= key) break
    store<u64>(heap + (at << 3), above)
    at = parent
  }
  store<u64>(heap + (at << 3), key)
}

/** Puts `key` in the place of the smallest. */
export function replaceLeast(heap: usize, size: u32, key: u64): void {
  let at: u32 = 0
  while (true) {
    let child = (at << 1) + 1
    if (child >= size) break
    let below = load<u64>(heap + (child << 3))
    if (child + 1 < size) {
      const other = load<u64>(heap + (child << 3), 8)
      if (other < below) {
        below = other
        child++
      }
    }
    if (below >= key) break
    store<u64>(heap + (at << 3), below)
    at = child
  }
  store<u64>(heap + (at << 3), key)
}

/** Takes the smallest of `size` keys out; the last place is free then. */
export function pop(heap: usize, size: u32): u64 {
  const least = load<u64>(heap)
  if (size > 1) replaceLeast(heap, size - 1, load<u64>(heap + ((size - 1) << 3)))
  return least
}

/** Turns a heap into a list, greatest key first. */
export function sortDescending(heap: usize, size: u32): void {
  for (let left = size; left > 1; left--) {
    const least = pop(heap, left)
    store<u64>(heap + ((left - 1) << 3), least)
  }
}

/** Keeps the `capacity` greatest keys. @returns the size afterwards */
export function offer(heap: usize, size: u32, capacity: u32, key: u64): u32 {
  if (size < capacity) {
    push(heap, size, key)
    return size + 1
  }
  if (key > load<u64>(heap)) replaceLeast(heap, size, key)
  return size
}
