import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from 'spillway'
import type { StartOptions } from 'spillway'
import { like } from '../support/expect.ts'

type Wrong = readonly [options: unknown, type: typeof Error, message: RegExp]

async function assertRefused(all: readonly Wrong[]): Promise<void> {
  for (const [options, type, message] of all) {
    const start = async (): Promise<void> => {
      const jobs = await JobSystem.start(options as StartOptions)
      await jobs.close()
    }
    await assert.rejects(start, like({ type, code: 'ERR_OPTION', message }), String(message))
  }
}

test('the number of workers', async () => {
  const range = /^workers must be 'auto' or an integer from 0 to 1024; got /
  const type = /^workers must be 'auto' or a number; got /
  await assertRefused([
    [{ workers: -1 }, RangeError, range],
    [{ workers: 1.5 }, RangeError, range],
    [{ workers: NaN }, RangeError, range],
    [{ workers: Infinity }, RangeError, range],
    [{ workers: 1025 }, RangeError, range],
    [{ workers: '2' }, TypeError, type],
    [{ workers: 2n }, TypeError, type],
    [{ workers: null }, TypeError, type],
    [{ workers: true }, TypeError, type],
  ])
})

test('sizes of the heap', async () => {
  const range = /^heap\.(initial|maximum)Bytes must be an integer from 0 to 4294967296 bytes; got /
  const type = /^heap\.(initial|maximum)Bytes must be a number of bytes; got /
  await assertRefused([
    [{ heap: { initialBytes: -1 } }, RangeError, range],
    [{ heap: { initialBytes: 0.5 } }, RangeError, range],
    [{ heap: { maximumBytes: 2 ** 32 + 1 } }, RangeError, range],
    [{ heap: { maximumBytes: NaN } }, RangeError, range],
    [{ heap: { initialBytes: '1' } }, TypeError, type],
    [{ heap: { maximumBytes: null } }, TypeError, type],
    [{ heap: 5 }, TypeError, /^heap options must be a record; got 5/],
    [
      { heap: { bytes: 5 } },
      TypeError,
      /^unknown heap option "bytes"; known: initialBytes, maximumBytes/,
    ],
    [
      { heap: { InitialBytes: 5 } },
      TypeError,
      /^unknown heap option "InitialBytes" \(did you mean initialBytes\?\)/,
    ],
    [
      { workers: 0, heap: { initialBytes: 2 ** 20, maximumBytes: 2 ** 16 } },
      RangeError,
      /^heap\.maximumBytes must be at least \d+ \(scheduler state and heap\.initialBytes\); got 65536$/,
    ],
  ])
})

test('the spin window', async () => {
  const range = /^idle\.spinMicroseconds must be from 0 to 1000000; got /
  await assertRefused([
    [{ idle: { spinMicroseconds: -1 } }, RangeError, range],
    [{ idle: { spinMicroseconds: NaN } }, RangeError, range],
    [{ idle: { spinMicroseconds: 1e7 } }, RangeError, range],
    [
      { idle: { spinMicroseconds: '50' } },
      TypeError,
      /^idle\.spinMicroseconds must be a number; got "50"/,
    ],
    [
      { idle: { spin: 1 } },
      TypeError,
      /^unknown idle option "spin" \(did you mean spinMicroseconds\?\)/,
    ],
    [{ idle: true }, TypeError, /^idle options must be a record; got true/],
  ])
})

test('the trace', async () => {
  const range = /^trace\.events must be a power of two from 256 to 1048576; got /
  await assertRefused([
    [{ trace: 1 }, TypeError, /^trace must be true or false; got 1/],
    [{ trace: 'on' }, TypeError, /^trace must be true or false; got "on"/],
    [{ trace: null, workers: 0 }, TypeError, /^trace must be true or false; got null/],
    [{ trace: { events: '256' } }, TypeError, /^trace\.events must be a number; got "256"/],
    [{ trace: { events: 128 } }, RangeError, range],
    [{ trace: { events: 1000 } }, RangeError, range],
    [{ trace: { events: 2 ** 21 } }, RangeError, range],
    [{ trace: { events: NaN } }, RangeError, range],
    [
      { trace: { event: 256 } },
      TypeError,
      /^unknown trace option "event" \(did you mean events\?\)/,
    ],
    [
      { trace: true, workers: 0, heap: { initialBytes: 0, maximumBytes: 2 ** 20 } },
      RangeError,
      /^trace: rings of 16384 events for 2 threads take 1573120 bytes, .*; lower trace\.events or /,
    ],
  ])
})

test('the other options', async () => {
  await assertRefused([
    [{ pinning: 'fast' }, TypeError, /^pinning must be one of none, linear, .*; got "fast"/],
    [{ worker: {} }, TypeError, /^worker must be a function that returns a new Worker; got \{/],
    [
      { worker: () => ({}), workers: 1 },
      TypeError,
      /^worker must return a new Worker of node:worker_threads; got \{/,
    ],
    [{ name: 5 }, TypeError, /^name must be a string; got 5/],
    [{ threads: 2 }, TypeError, /^unknown start option "threads"; known: workers, /],
    [{ Workers: 2 }, TypeError, /^unknown start option "Workers" \(did you mean workers\?\)/],
    [null, TypeError, /^start options must be a record; got null/],
    [4, TypeError, /^start options must be a record; got 4/],
  ])
})

test('wrong options throw where start is called, before anything is started', () => {
  assert.throws(() => void JobSystem.start({ workers: -1 }), RangeError)
  assert.throws(() => void JobSystem.start({ wrokers: 1 } as StartOptions), TypeError)
})

test('workers that cannot be reserved leave nothing running', async () => {
  await assert.rejects(
    async () =>
      await JobSystem.start({ workers: 0, heap: { initialBytes: 2 ** 32, maximumBytes: 2 ** 32 } }),
    /heap|memory/,
  )
})
