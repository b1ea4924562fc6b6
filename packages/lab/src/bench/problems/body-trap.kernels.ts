// Eight other bodies, of other shapes and argument types, run before the measured ones. In a library where all kernels
// share one loop, that loop has seen nine bodies by then, stops inlining, and every later item pays for a call.
import { each, kernels } from 'spillway/kernel'

interface Doubles {
  items: Float64Array
}

interface Floats {
  floats: Float32Array
}

interface Bytes {
  bytes: Uint8Array
}

interface Words {
  words: Int32Array
  shift: number
}

interface Pair {
  from: Float64Array
  to: Float64Array
  scale: number
}

const {
  negate,
  root,
  halve,
  invert,
  rotate,
  copy,
  saxpy,
  index: writeIndex,
} = kernels(
  import.meta.url,
  {
    negate: each((i: number, { items }: Doubles) => {
      items[i] = -items[i]
    }),
    root: each((i: number, { items }: Doubles) => {
      items[i] = Math.sqrt(Math.abs(items[i]))
    }),
    halve: each((i: number, { floats }: Floats) => {
      floats[i] = floats[i] * 0.5
    }),
    invert: each((i: number, { bytes }: Bytes) => {
      bytes[i] = ~bytes[i]
    }),
    rotate: each((i: number, { words, shift }: Words) => {
      const word = words[i]
      words[i] = (word << shift) | (word >>> (32 - shift))
    }),
    copy: each((i: number, { from, to }: Pair) => {
      to[i] = from[i]
    }),
    saxpy: each((i: number, { from, to, scale }: Pair) => {
      to[i] = to[i] + scale * from[i]
    }),
    index: each((i: number, { items }: Doubles) => {
      items[i] = i
    }),
  },
  { namespace: 'bench' },
)

export { copy, halve, invert, negate, root, rotate, saxpy, writeIndex }
