/**
 * A module's memory: handed out once, from the heap's base upwards, and never taken back but with the whole instance. What
 * is handed out is zero. The host imports the memory with a maximum, so growth beyond the module's limit fails here.
 */

const PAGE_BITS: u64 = 16
const ALIGNMENT: u64 = 64

let top: u64 = 0

/** @returns the address, aligned to a cache line, or 0 when the limit is reached; then nothing has changed. */
export function allocate(bytes: u64): usize {
  if (top === 0) top = (<u64>__heap_base + ALIGNMENT - 1) & ~(ALIGNMENT - 1)
  const end = (top + bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1)
  const room = (<u64>memory.size()) << PAGE_BITS
  if (end > room) {
    const pages = (end - room + 0xffff) >> PAGE_BITS
    if (pages > 0xffff || memory.grow(<i32>pages) < 0) return 0
  }
  const start = top
  top = end
  return <usize>start
}

/** Bytes handed out so far. */
export function allocated(): u32 {
  return <u32>top
}
