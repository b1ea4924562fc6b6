import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ADDRESS_LIMIT, ALIGNMENT, Allocator, UnknownOffsetError } from '../src/heap/allocator.ts'

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

function heap(...ranges: readonly (readonly [start: number, end: number])[]): Allocator {
  const allocator = new Allocator()
  for (const [start, end] of ranges) allocator.extend(start, end)
  return allocator
}

/** Seeded, uniform in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function isUnknown(reason: string) {
  return (error: unknown) => error instanceof UnknownOffsetError && error.reason === reason
}

describe('allocate', () => {
  test('gives aligned blocks and rounds sizes up', () => {
    const allocator = heap([0, MIB])
    for (const [bytes, size] of [
      [0, 128],
      [1, 128],
      [128, 128],
      [128.5, 256],
      [129, 256],
      [100_000, 100_096],
    ] as const) {
      const offset = allocator.allocate(bytes)
      assert.ok(offset >= 0)
      assert.equal(offset % ALIGNMENT, 0)
      assert.equal(allocator.sizeOf(offset), size)
    }
    assert.equal(allocator.allocations, 6)
    assert.equal(allocator.usedBytes, 3 * 128 + 2 * 256 + 100_096)
    assert.equal(allocator.freeBytes, MIB - allocator.usedBytes)
  })

  test('returns -1 when nothing fits, and fits exactly what is left', () => {
    const allocator = heap([0, MIB])
    assert.equal(allocator.allocate(MIB + 1), -1)
    assert.equal(allocator.allocate(ADDRESS_LIMIT), -1)
    assert.equal(allocator.allocate(Infinity), -1)
    assert.equal(allocator.allocate(MIB), 0)
    assert.equal(allocator.allocate(1), -1)
    assert.equal(allocator.freeBytes, 0)
    assert.equal(allocator.largestFreeBytes, 0)
    assert.equal(allocator.free(0), MIB)
    assert.equal(allocator.largestFreeBytes, MIB)
  })

  test('an allocator without addresses has no room', () => {
    const allocator = new Allocator()
    assert.equal(allocator.allocate(1), -1)
    assert.equal(allocator.largestFreeBytes, 0)
  })

  test('prefers the block that fits best', () => {
    const allocator = heap([0, MIB])
    const sizes = [9000, 700, 6100, 700, 5200, 700, 300, 700]
    const offsets = sizes.map((bytes) => allocator.allocate(bytes))
    for (const hole of [0, 2, 4, 6]) allocator.free(offsets[hole])
    assert.equal(allocator.allocate(290), offsets[6])
    assert.equal(allocator.allocate(5000), offsets[4])
    assert.equal(allocator.allocate(6000), offsets[2])
    assert.equal(allocator.allocate(9000), offsets[0])
  })

  test('finds the one block that fits among many of its class that do not', () => {
    // 264 and 265 units share a bin; the hole that is large enough is the last one listed.
    const allocator = heap([0, 64 * MIB])
    const small = 264 * ALIGNMENT
    const holes = [small + ALIGNMENT, ...Array.from({ length: 200 }, () => small)].map((bytes) => {
      const offset = allocator.allocate(bytes)
      allocator.allocate(1)
      return offset
    })
    while (allocator.allocate(MIB) >= 0);
    while (allocator.allocate(1) >= 0);
    for (const hole of holes) allocator.free(hole)
    assert.equal(allocator.largestFreeBytes, small + ALIGNMENT)
    assert.equal(allocator.allocate(small + 1), holes[0])
    assert.equal(allocator.allocate(small + 1), -1)
    assert.notEqual(allocator.allocate(small), -1)
  })

  test('refuses what is no size', () => {
    const allocator = heap([0, MIB])
    for (const bytes of [-1, Number.NaN, undefined as unknown as number]) {
      assert.throws(() => allocator.allocate(bytes), RangeError)
    }
  })
})

describe('free', () => {
  test('merges with both neighbours, in any order', () => {
    for (const order of ['012', '021', '102', '120', '201', '210']) {
      const allocator = heap([0, 3 * KIB])
      const offsets = [0, 1, 2].map(() => allocator.allocate(KIB))
      for (const index of order) allocator.free(offsets[Number(index)])
      assert.equal(allocator.largestFreeBytes, 3 * KIB, order)
    }
  })

  test('tells why an offset is unknown, and changes nothing', () => {
    const allocator = heap([KIB, MIB], [2 * MIB, 3 * MIB])
    const first = allocator.allocate(512)
    const second = allocator.allocate(512)
    assert.equal(allocator.free(first), 512)
    const before = [allocator.usedBytes, allocator.freeBytes, allocator.largestFreeBytes]
    for (const [offset, reason] of [
      [first, 'free'],
      [second + 4096, 'free'],
      [second + 128, 'inside'],
      [second + 8, 'inside'],
      [0, 'outside'],
      [MIB, 'outside'],
      [3 * MIB, 'outside'],
      [-128, 'outside'],
      [2 ** 40, 'outside'],
      [Number.NaN, 'outside'],
    ] as const) {
      assert.throws(() => allocator.free(offset), isUnknown(reason), `${offset}`)
      assert.equal(allocator.sizeOf(offset), -1)
    }
    assert.throws(
      () => allocator.free(first),
      /byte 1024: it is free already, or was never handed out/,
    )
    assert.deepEqual([allocator.usedBytes, allocator.freeBytes, allocator.largestFreeBytes], before)
    assert.equal(allocator.free(second), 512)
  })
})

describe('extend', () => {
  test('address space that touches merges, whatever the order', () => {
    for (const ranges of [
      [
        [0, MIB],
        [MIB, 2 * MIB],
        [2 * MIB, 3 * MIB],
      ],
      [
        [2 * MIB, 3 * MIB],
        [0, MIB],
        [MIB, 2 * MIB],
      ],
      [
        [0, MIB],
        [2 * MIB, 3 * MIB],
        [MIB, 2 * MIB],
      ],
    ] as [number, number][][]) {
      assert.equal(heap(...ranges).allocate(3 * MIB), 0)
    }
  })

  test('also when the touching ends are in use', () => {
    const allocator = heap([0, MIB])
    assert.equal(allocator.allocate(MIB), 0)
    allocator.extend(MIB, 2 * MIB)
    assert.equal(allocator.allocate(MIB), MIB)
    allocator.free(0)
    allocator.free(MIB)
    assert.equal(allocator.largestFreeBytes, 2 * MIB)
  })

  test('regions that lie apart stay apart', () => {
    const allocator = heap([0, MIB], [MIB + 128, 2 * MIB])
    assert.equal(allocator.freeBytes, 2 * MIB - 128)
    assert.equal(allocator.allocate(MIB + 128), -1)
    assert.equal(allocator.allocate(MIB), 0)
    assert.equal(allocator.allocate(MIB - 128), MIB + 128)
    allocator.free(MIB + 128)
    allocator.free(0)
    assert.equal(allocator.largestFreeBytes, MIB)
  })

  test('leaves out what is not a whole block', () => {
    const allocator = heap([100, 1000], [2001, 2100])
    assert.equal(allocator.freeBytes, 896 - 128)
    assert.equal(allocator.allocate(1), 128)
  })

  test('refuses overlaps and impossible addresses', () => {
    const allocator = heap([MIB, 2 * MIB], [3 * MIB, 4 * MIB])
    for (const [start, end] of [
      [MIB, 2 * MIB],
      [0, MIB + 128],
      [2 * MIB - 128, 2 * MIB + 128],
      [2 * MIB, 3 * MIB + 128],
      [0, 5 * MIB],
      [3 * MIB + 128, 3 * MIB + 256],
    ] as const) {
      assert.throws(() => allocator.extend(start, end), /overlaps/)
    }
    for (const [start, end] of [
      [-128, 0],
      [0, ADDRESS_LIMIT + 128],
      [0.5, 128],
      [0, Number.NaN],
    ] as const) {
      assert.throws(() => allocator.extend(start, end), RangeError)
    }
    assert.equal(allocator.freeBytes, 2 * MIB)
  })

  test('addresses reach 2^32', () => {
    const allocator = heap([0, ADDRESS_LIMIT])
    assert.equal(allocator.largestFreeBytes, 4 * GIB)
    assert.equal(allocator.allocate(3 * GIB), 0)
    assert.equal(allocator.allocate(GIB - KIB), 3 * GIB)
    assert.equal(allocator.allocate(KIB), 4 * GIB - KIB)
    assert.equal(allocator.usedBytes, 4 * GIB)
    assert.equal(allocator.free(3 * GIB), GIB - KIB)
    assert.equal(allocator.free(4 * GIB - KIB), KIB)
    assert.equal(allocator.free(0), 3 * GIB)
    assert.equal(allocator.allocate(ADDRESS_LIMIT), 0)
  })
})

/** Fills and empties random slots; sizes are log-uniform in 64 B .. 256 KiB. */
function churn(allocator: Allocator, operations: number, live: number, seed: number) {
  const random = randomFrom(seed)
  const held = new Float64Array(live * 2).fill(-1)
  let failed = 0
  for (let i = 0; i < operations; i++) {
    const slot = Math.floor(random() * held.length)
    if (held[slot] !== -1) {
      allocator.free(held[slot])
      held[slot] = -1
      continue
    }
    held[slot] = allocator.allocate(64 * 2 ** (random() * 12))
    if (held[slot] === -1) failed++
  }
  return { failed, held: held.filter((offset) => offset !== -1) }
}

describe('in the long run', () => {
  test('10^6 operations leave it as it was', () => {
    const allocator = heap([4096, 256 * MIB], [300 * MIB, 400 * MIB])
    const { failed, held } = churn(allocator, 1e6, 4000, 1)
    assert.equal(failed, 0)
    assert.equal(allocator.allocations, held.length)
    assert.equal(allocator.usedBytes + allocator.freeBytes, 356 * MIB - 4096)
    for (const offset of held) allocator.free(offset)
    assert.equal(allocator.usedBytes, 0)
    assert.equal(allocator.allocations, 0)
    assert.equal(allocator.largestFreeBytes, 256 * MIB - 4096)
    assert.equal(allocator.allocate(256 * MIB - 4096), 4096)
    assert.equal(allocator.allocate(100 * MIB), 300 * MIB)
    assert.equal(allocator.freeBytes, 0)
  })

  test('fragmentation is bounded: a churned heap is filled to 85 % and more', () => {
    const allocator = heap([0, 64 * MIB])
    // Twice as many slots as the heap has room for: it is full almost all the time.
    const { failed } = churn(allocator, 300_000, 4000, 2)
    assert.ok(failed > 1000)
    assert.ok(allocator.usedBytes > 0.85 * 64 * MIB, `${allocator.usedBytes / (64 * MIB)} in use`)
  })
})

/** One byte per unit of address space: who owns it. Slow and obvious. */
class Oracle {
  readonly owner: Int32Array
  constructor(units: number) {
    this.owner = new Int32Array(units)
  }

  mark(offset: number, bytes: number, from: number, to: number): void {
    const first = offset / ALIGNMENT
    for (let unit = first; unit < first + Math.max(1, Math.ceil(bytes / ALIGNMENT)); unit++) {
      assert.equal(this.owner[unit], from, `unit ${unit}`)
      this.owner[unit] = to
    }
  }

  /** Sizes in bytes of the runs of free units. */
  freeRuns(): number[] {
    const runs: number[] = [0]
    for (const owner of this.owner) {
      if (owner === FREE) runs[runs.length - 1] = (runs.at(-1) as number) + ALIGNMENT
      else if (runs.at(-1) !== 0) runs.push(0)
    }
    return runs
  }
}

const FREE = 1
const ABSENT = 0

describe('against an oracle', () => {
  const UNITS = 600
  const operation = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('allocate' as const),
        units: fc.integer({ min: 1, max: 90 }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('free' as const), pick: fc.nat() }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('extend' as const),
        start: fc.nat(UNITS - 1),
        units: fc.integer({ min: 1, max: 200 }),
      }),
    },
  )

  test('blocks never overlap, and -1 means that no free run is long enough', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
        const allocator = new Allocator()
        const oracle = new Oracle(UNITS)
        const live: { offset: number; bytes: number; id: number }[] = []
        let id = FREE
        const steps = [{ kind: 'extend' as const, start: 5, units: 100 }, ...operations]
        for (const step of steps) {
          if (step.kind === 'extend') {
            const end = Math.min(UNITS, step.start + step.units)
            const taken = oracle.owner.subarray(step.start, end).some((owner) => owner !== ABSENT)
            const extend = () => allocator.extend(step.start * ALIGNMENT, end * ALIGNMENT)
            if (taken) assert.throws(extend, /overlaps/)
            else {
              extend()
              oracle.owner.fill(FREE, step.start, end)
            }
          } else if (step.kind === 'allocate') {
            const bytes = step.units * ALIGNMENT - 5
            const offset = allocator.allocate(bytes)
            if (offset === -1) {
              assert.ok(Math.max(...oracle.freeRuns()) < step.units * ALIGNMENT)
              continue
            }
            oracle.mark(offset, bytes, FREE, ++id)
            live.push({ offset, bytes, id })
          } else if (live.length > 0) {
            const [block] = live.splice(step.pick % live.length, 1) as [(typeof live)[number]]
            assert.equal(allocator.sizeOf(block.offset), block.bytes + 5)
            assert.equal(allocator.free(block.offset), block.bytes + 5)
            oracle.mark(block.offset, block.bytes, block.id, FREE)
          }
          const runs = oracle.freeRuns()
          assert.equal(allocator.largestFreeBytes, Math.max(...runs))
          assert.equal(
            allocator.freeBytes,
            runs.reduce((sum, run) => sum + run, 0),
          )
          assert.equal(
            allocator.usedBytes,
            live.reduce((sum, { bytes }) => sum + bytes + 5, 0),
          )
          assert.equal(allocator.allocations, live.length)
        }
      }),
      { numRuns: 300 },
    )
  })
})
