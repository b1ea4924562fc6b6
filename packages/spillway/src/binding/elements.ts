/** Element types of the typed arrays that may be arguments, numbered as they travel. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array

export interface TypedArrayConstructor<T extends TypedArray = TypedArray> {
  readonly name: string
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T
}

const float16 = (globalThis as { Float16Array?: TypedArrayConstructor }).Float16Array

/** Position = element number. `Float16Array` is last because older runtimes lack it. */
export const ELEMENTS: readonly TypedArrayConstructor[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  ...(float16 === undefined ? [] : [float16]),
]

/** Element number of a typed array, -1 for a DataView or a view of another kind. */
export function elementOf(view: ArrayBufferView): number {
  return ELEMENTS.indexOf(view.constructor as unknown as TypedArrayConstructor)
}

export function isTypedArrayConstructor(value: unknown): value is TypedArrayConstructor {
  return ELEMENTS.includes(value as TypedArrayConstructor)
}
