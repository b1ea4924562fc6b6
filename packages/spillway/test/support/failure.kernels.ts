/** Kernels that throw. */
import { each, kernels, range, reduce } from 'spillway/kernel'

/** bad[i - base] !== 0: index i throws. seen[i - base] is 1 once index i has begun. */
export interface Failing {
  readonly bad: Uint8Array
  readonly seen: Uint8Array
  readonly base: number
}

export class DomainError extends Error {
  override name = 'DomainError'
  readonly code = 'E_DOMAIN'
  readonly details = { limits: [1, 2], unit: 'metre' }
  readonly value: number

  constructor(value: number) {
    super(`${value} is outside of the domain`)
    this.value = value
  }
}

/** Threads meet the failing indexes in another order each time. */
function jitter(i: number): void {
  const end = performance.now() + ((i * 7919) % 5) * 0.004 * Math.random()
  while (performance.now() < end);
}

function fail(i: number, { bad, seen, base }: Failing): void {
  jitter(i)
  seen[i - base] = 1
  if (bad[i - base] !== 0) throw new RangeError(`index ${i} is bad`)
}

const THROWN: readonly (() => unknown)[] = [
  () => new TypeError('a type'),
  () => new RangeError('a range'),
  () => new SyntaxError('a syntax'),
  () => new ReferenceError('a reference'),
  () => new EvalError('an eval'),
  () => new URIError('an URI'),
  () => new Error('an error', { cause: new TypeError('its cause') }),
  () => new AggregateError([new RangeError('one'), new TypeError('two')], 'several'),
  () => new DomainError(17),
]
export const THROWN_NAMES = THROWN.map((make) => (make() as Error).name)

/** Values that are no errors, as they are thrown. */
const ODD: readonly unknown[] = [
  'text',
  42,
  null,
  undefined,
  7n,
  false,
  { why: 'plain', at: [1, 2] },
]
export const ODD_VALUES = ODD

export const { failing, failingRange, throwing, throwingOdd, throwingFunction, failingFold } =
  kernels(import.meta.url, {
    failing: each((i, args: Failing) => fail(i, args)),
    failingRange: range((start, end, args: Failing) => {
      for (let i = start; i < end; i++) fail(i, args)
    }),
    /** Throws error number `which` at index `at`. */
    throwing: each((i, { at, which }: { readonly at: number; readonly which: number }) => {
      if (i === at) throw THROWN[which]()
    }),
    throwingOdd: each((i, { at, which }: { readonly at: number; readonly which: number }) => {
      // oxlint-disable-next-line typescript/only-throw-error
      if (i === at) throw ODD[which]
    }),
    /** What is thrown cannot cross threads. */
    throwingFunction: each((i, { at }: { readonly at: number }) => {
      // oxlint-disable-next-line typescript/only-throw-error
      if (i === at) throw () => 'a function'
    }),
    failingFold: reduce({
      identity: 0,
      fold: (sum, i, args: Failing) => {
        fail(i, args)
        return sum + i
      },
      combine: (a, b) => a + b,
    }),
  })
