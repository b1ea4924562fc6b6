/**
 * The codec for values that are no numbers and cross threads through the shared heap: accumulators, results, errors.
 * `codec/format.ts` has the byte format; it is private to one version of the library.
 */
export { decode } from './codec/decode.ts'
export { encode } from './codec/encode.ts'
