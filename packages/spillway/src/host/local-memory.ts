/** Memory of one thread, in place of shared memory where a browser grants none. */
import { LOCAL_HEAP } from '../heap/views.ts'
import type { WasmMemory } from '../heap/views.ts'
import { PAGE_BYTES } from '../layout/layout.ts'

/** Of a heap that cannot grow: the system backs what is touched of it. */
const FIXED_PAGES = 4096

/** A memory that grows in place, as a shared one does. Throws RangeError if the system does not grant `maximum` pages. */
export function localMemory(initial: number, maximum: number): WasmMemory {
  let buffer = new ArrayBuffer(initial * PAGE_BYTES, { maxByteLength: maximum * PAGE_BYTES })
  if (!buffer.resizable) {
    const pages = Math.max(initial, Math.min(maximum, FIXED_PAGES))
    buffer = new ArrayBuffer(pages * PAGE_BYTES)
  }
  Object.defineProperty(buffer, LOCAL_HEAP, { value: true })
  return {
    buffer,
    grow(pages) {
      const before = buffer.byteLength
      if (!buffer.resizable) throw new RangeError('this memory cannot grow')
      buffer.resize(before + pages * PAGE_BYTES)
      return before / PAGE_BYTES
    },
  }
}
