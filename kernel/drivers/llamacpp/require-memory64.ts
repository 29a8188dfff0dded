/** wllama's build addresses memory with 64 bits; without that its WebAssembly does not compile. */
import { HearthError } from '../../abi/index.ts'

/** @throws HearthError `unsupported` */
export function requireMemory64(): void {
  const probe = [0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 4, 1]
  if (WebAssembly.validate(new Uint8Array(probe))) return
  throw new HearthError(
    'unsupported',
    'This browser has no 64-bit WebAssembly memory, which local GGUF models need. Use a current Chrome, Edge or Firefox, or connect a model server.',
    { feature: 'memory64' },
  )
}
