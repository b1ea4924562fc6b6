/**
 * A WebAssembly function with a large frame for values that never come to be. Engines look for the room of a frame as a whole, so a few
 * calls tell in some 40 ns what pushing as many bytes of arguments tells in 7 us.
 */

/**
 * A function that calls itself as often as it is told, each time with a frame for so many `values` of 8 bytes: it overflows if the stack
 * has no room for them. Null where WebAssembly is switched off.
 */
export function makeDescend(values: number): ((calls: number) => void) | null {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleWith(values)))
    return exports['descend'] as (calls: number) => void
  } catch {
    return null
  }
}

/**
 * ```
 * f(n: i32): i64 = n > 0 ? f(n - 1) : n == 0 ? 0 : f(0) + f(0) + … with all values alive until the last
 * descend(n: i32) = f(n), without its value
 * ```
 * With `n` never negative the last case never comes, but its frame is always there. Bytes, and no lists of lists: making those takes ten
 * times as long as compiling them.
 */
function moduleWith(count: number): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(count * 5 - 1).fill(I64_ADD)
  for (let at = 0; at < count * 4; at += 4) values.set([I32_CONST, 0, CALL, 0], at)
  const before = [NO_LOCALS, ...IF_POSITIVE, ...IF_ZERO]
  const after = [END, ...sized([NO_LOCALS, LOCAL_GET, 0, CALL, 0, DROP, END])]
  const sizeOfF = unsigned(before.length + values.length + 1)
  const sizeOfCode = unsigned(1 + sizeOfF.length + before.length + values.length + after.length)
  const head = [
    ...MAGIC,
    TYPES,
    ...sized([2, FUNCTION, 1, I32, 1, I64, FUNCTION, 1, I32, 0]),
    FUNCTIONS,
    ...sized([2, 0, 1]),
    EXPORTS,
    ...sized([1, ...sized(NAME), FUNCTION_EXPORT, 1]),
    CODE,
    ...sizeOfCode,
    2,
    ...sizeOfF,
    ...before,
  ]
  const module = new Uint8Array(head.length + values.length + after.length)
  module.set(head)
  module.set(values, head.length)
  module.set(after, head.length + values.length)
  return module
}

// Of https://webassembly.github.io/spec/core/binary/
const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const TYPES = 1
const FUNCTIONS = 3
const EXPORTS = 7
const CODE = 10
const I32 = 0x7f
const I64 = 0x7e
const FUNCTION = 0x60
const FUNCTION_EXPORT = 0
const NO_VALUE = 0x40
const IF = 0x04
const END = 0x0b
const RETURN = 0x0f
const CALL = 0x10
const DROP = 0x1a
const LOCAL_GET = 0x20
const I32_CONST = 0x41
const I64_CONST = 0x42
const I32_IS_ZERO = 0x45
const I32_GREATER = 0x4a
const I32_SUB = 0x6b
const I64_ADD = 0x7c
const NO_LOCALS = 0

const IF_POSITIVE = [
  LOCAL_GET,
  0,
  I32_CONST,
  0,
  I32_GREATER,
  IF,
  NO_VALUE,
  LOCAL_GET,
  0,
  I32_CONST,
  1,
  I32_SUB,
  CALL,
  0,
  RETURN,
  END,
]
const IF_ZERO = [LOCAL_GET, 0, I32_IS_ZERO, IF, NO_VALUE, I64_CONST, 0, RETURN, END]
/** `descend`. */
const NAME = [0x64, 0x65, 0x73, 0x63, 0x65, 0x6e, 0x64]

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes]
}

/** Seven bits a byte, the lowest first. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}
