/** What is said about pins, with a backend and a system that do as the test wants. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeWorkers, topologyFromTable } from '../../src/topology.ts'
import type { PlaceOptions } from '../../src/topology.ts'
import { affinityMask } from '../../src/topology/affinity.ts'
import { Pinner, summaryOf } from '../../src/topology/pinner.ts'
import { DESKTOP, tableOf } from './machines.ts'

const desktop = topologyFromTable(tableOf(DESKTOP))

/** A system of threads by number, whose masks can be changed, and a pinner on it. */
function pinnerOn(
  options: PlaceOptions,
  refuse: (cpus: readonly number[]) => string | null = () => null,
) {
  const masks = new Map<number, string>()
  const stat = `7 (a) b (c)) S ${Array.from({ length: 35 }, (_, at) => at).join(' ')} 5 0 0\n`
  const pinner = new Pinner({
    placement: placeWorkers(desktop, options),
    affinity: {
      backend: 'test',
      bind: async (thread, cpus) => {
        const failure = refuse(cpus)
        if (failure === null) masks.set(thread, cpus.join())
        return failure
      },
      bindNow: () => null,
    },
    files: {
      list: () => [],
      text: (path) => {
        const [, thread, file] = /^proc\/self\/task\/(\d+)\/(\w+)$/.exec(path) ?? []
        if (!masks.has(Number(thread))) return null
        return file === 'stat' ? stat : `Cpus_allowed_list:\t${masks.get(Number(thread))}\n`
      },
    },
  })
  return { pinner, masks }
}

const texts = (pinner: Pinner): string[] => pinner.status().map(({ text }) => text)

test('hard on a cpu, soft on what is shared', async () => {
  for (const [options, expected] of [
    [{ strategy: 'linear' }, ['hard on cpu 0', 'hard on cpu 1']],
    [{ strategy: 'avoid-smt' }, ['soft on core 0,16', 'soft on core 1,17']],
    [{ strategy: 'ccd-isolation' }, ['soft on L3 0-7,16-23', 'soft on L3 0-7,16-23']],
    [{ strategy: 'spread', pin: 'numa' }, ['soft on node 0-31', 'soft on node 0-31']],
    [{ strategy: [3, [4, 5]] }, ['hard on cpu 3', 'soft on cpus 4-5']],
  ] as const) {
    const { pinner } = pinnerOn({ workers: 2, ...options })
    pinner.began(0, 100)
    pinner.began(1, 101)
    await pinner.settled()
    assert.deepEqual(texts(pinner), expected)
    assert.deepEqual(
      pinner.status().map(({ lastCpu }) => lastCpu),
      [5, 5],
    )
    assert.equal(summaryOf(pinner.status()), 'pinned 2 of 2')
  }
})

test('what was refused, what has not begun, and a thread without a number', async () => {
  const { pinner } = pinnerOn({ workers: 4, strategy: 'linear' }, ([cpu]) =>
    cpu === 1 ? 'EINVAL' : null,
  )
  for (const worker of [0, 1]) pinner.began(worker, 100 + worker)
  pinner.began(2, null)
  await pinner.settled()
  assert.deepEqual(texts(pinner), [
    'hard on cpu 0',
    'not pinned: test: EINVAL',
    'not pinned: its thread has no number here',
    'not pinned: not started yet',
  ])
  assert.deepEqual(
    pinner.status().map(({ applied }) => applied),
    ['hard', 'none', 'none', 'none'],
  )
  assert.equal(
    summaryOf(pinner.status()),
    'pinned 1 of 4; worker 1 not pinned: test: EINVAL; worker 2 not pinned: its thread has no number here; worker 3 not pinned: not started yet',
  )
})

test('a pin that somebody took away is no pin', async () => {
  const { pinner, masks } = pinnerOn({ workers: 1, strategy: 'linear' })
  pinner.began(0, 100)
  await pinner.settled()
  masks.set(100, '2-3')
  const [status] = pinner.status()
  assert.deepEqual(
    [status!.applied, status!.observed, status!.requested, status!.text],
    ['none', [2, 3], [0], 'not pinned any more: now on cpus 2-3'],
  )
})

test('a thread that replaces another one is what counts', async () => {
  const { pinner, masks } = pinnerOn({ workers: 1, strategy: 'linear' })
  pinner.began(0, 100)
  pinner.began(0, 101)
  await pinner.settled()
  masks.delete(100)
  assert.deepEqual(texts(pinner), ['hard on cpu 0'])
  assert.deepEqual(pinner.status()[0]!.observed, [0])
})

test('what becomes of a thread that was replaced meanwhile does not count', async () => {
  let late = (_failure: string | null): void => {}
  const pinner = new Pinner({
    placement: placeWorkers(desktop, { workers: 1, strategy: 'linear' }),
    affinity: {
      backend: 'test',
      bind: (thread) =>
        thread === 100 ? new Promise((resolve) => (late = resolve)) : Promise.resolve(null),
      bindNow: () => null,
    },
    files: null,
  })
  pinner.began(0, 100)
  pinner.began(0, 101)
  late('ESRCH')
  await pinner.settled()
  assert.deepEqual(texts(pinner), ['hard on cpu 0'])
})

test('nothing binds where workers are left to the system, or nothing can', () => {
  assert.equal(pinnerOn({ workers: 2, strategy: 'linear', pin: 'none' }).pinner.binds, false)
  assert.deepEqual(texts(pinnerOn({ workers: 1, strategy: 'none' }).pinner), [
    'not pinned: left to the system',
  ])
  const reason = 'no affinity call on macOS'
  const pinner = new Pinner({
    placement: placeWorkers(desktop, { workers: 2, strategy: 'linear' }),
    affinity: { backend: null, reason },
    files: null,
  })
  assert.equal(pinner.binds, false)
  assert.equal(summaryOf(pinner.status()), `pinned 0 of 2; worker 0-1 not pinned: ${reason}`)
})

test('masks of sched_setaffinity', () => {
  const bytes = (cpus: number[]): [number, [number, number][]] => {
    const mask = affinityMask(cpus)
    return [mask.length, [...mask.entries()].filter(([, byte]) => byte !== 0)]
  }
  assert.deepEqual(bytes([0, 9, 15]), [
    128,
    [
      [0, 1],
      [1, 0x82],
    ],
  ])
  assert.deepEqual(bytes([1023]), [128, [[127, 0x80]]])
  assert.deepEqual(bytes([1024]), [136, [[128, 1]]])
  assert.deepEqual(bytes([8191]), [1024, [[1023, 0x80]]])
})
