/**
 * Random tests. A failure prints its seed and path; `SPILLWAY_TEST_SEED=… node --test FILE` runs every property of a file from that
 * seed again.
 */
import fc from 'fast-check'

const seed = process.env['SPILLWAY_TEST_SEED']
fc.configureGlobal({
  includeErrorInReport: true,
  ...(seed !== undefined && { seed: Number(seed) }),
})

export { fc }

/** Checks an asynchronous property for `numRuns` random values. */
export async function holds<T>(
  arbitrary: fc.Arbitrary<T>,
  numRuns: number,
  check: (value: T) => Promise<void>,
): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, check), { numRuns })
}

/** Starts of ranges: zero, small of both signs, about 2^31 and 2^32, and as high as a range of 5,000 indexes may begin. */
export const starts = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -1000, max: 1000 }),
  fc.integer({ min: 2 ** 31 - 1000, max: 2 ** 31 + 1000 }),
  fc.integer({ min: 2 ** 32 - 1000, max: 2 ** 32 + 1000 }),
  fc.integer({ min: 2 ** 53 - 6000, max: 2 ** 53 - 5001 }),
)

/** Lengths of ranges: mostly short, where edges matter, some with more indexes than there can be chunks. */
export const lengths = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 1000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 4000, max: 5000 }) },
)

export const workerCounts = fc.constantFrom(0, 1, 2, 3)
