/** Where workers go. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatCpuList,
  parseStrategy,
  placeWorkers,
  topologyFromTable,
} from '../../src/topology.ts'
import type { PlaceOptions, Topology } from '../../src/topology.ts'
import { like } from '../support/expect.ts'
import { fc } from '../support/property.ts'
import { DESKTOP, MACHINES, laptopRows, shapes, tableOf } from './machines.ts'
import { NAMES, checkPlacement } from './properties.ts'

for (const [name, topology] of Object.entries(MACHINES)) {
  test(`what holds everywhere holds on: ${name}`, () => checkPlacement(topology))
}

test('what holds everywhere holds on random machines with random masks', () => {
  const machine = fc.record({
    shape: shapes,
    mask: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  })
  fc.assert(
    fc.property(machine, ({ shape, mask }) => {
      const table = tableOf(shape).filter((_, at) => at < 48)
      const allowed = table.map(({ cpu }) => cpu).filter((cpu) => mask[cpu % 8])
      checkPlacement(topologyFromTable(table, allowed.length > 0 ? { allowed } : {}))
    }),
    { numRuns: 25 },
  )
})

const { desktop, laptop, unequal } = MACHINES as Record<string, Topology>

const cpus = (topology: Topology | undefined, options: PlaceOptions): (number | null)[] =>
  placeWorkers(topology!, options).places.map(({ cpu }) => cpu)
const masks = (topology: Topology | undefined, options: PlaceOptions): string[] =>
  placeWorkers(topology!, options).places.map((place) => formatCpuList(place.cpus))

test('each strategy on a desktop with two CCDs', () => {
  const four = (strategy: (typeof NAMES)[number]): unknown[] => [
    cpus(desktop, { workers: 4, strategy }),
    masks(desktop, { workers: 4, strategy }),
  ]
  assert.deepEqual(four('none'), [Array(4).fill(null), Array(4).fill('0-31')])
  assert.deepEqual(four('linear'), [
    [0, 1, 2, 3],
    ['0', '1', '2', '3'],
  ])
  assert.deepEqual(four('avoid-smt'), [
    [0, 1, 2, 3],
    ['0,16', '1,17', '2,18', '3,19'],
  ])
  assert.deepEqual(four('ccd-isolation'), [[0, 1, 2, 3], Array(4).fill('0-7,16-23')])
  assert.deepEqual(four('tiered-spillover'), [
    [0, 1, 2, 3],
    ['0', '1', '2', '3'],
  ])
  assert.deepEqual(four('compact'), [
    [0, 16, 1, 17],
    ['0,16', '0,16', '1,17', '1,17'],
  ])
  assert.deepEqual(four('spread'), [
    [0, 8, 1, 9],
    ['0,16', '8,24', '1,17', '9,25'],
  ])
})

test('tiers of that desktop: 8 cores, 8 cores, their second threads', () => {
  const { places } = placeWorkers(desktop!, { workers: 32, strategy: 'tiered-spillover' })
  assert.deepEqual(
    places.map(({ cpu }) => cpu),
    Array.from({ length: 32 }, (_, cpu) => cpu),
  )
  assert.deepEqual(
    [0, 7, 8, 15, 16, 23, 24, 31].map((worker) => [places[worker]!.tier, places[worker]!.group]),
    [
      [0, 0],
      [0, 0],
      [1, 8],
      [1, 8],
      [2, 0],
      [2, 0],
      [3, 8],
      [3, 8],
    ],
  )
})

test('fast kinds come first: on one L3, and as the first group', () => {
  assert.deepEqual(
    cpus(laptop, { workers: 14, strategy: 'avoid-smt' }),
    [0, 2, 4, 6, 8, 9, 10, 11, 12, 13, 14, 15, 1, 3],
  )
  assert.deepEqual(cpus(laptop, { workers: 6, strategy: 'compact' }), [0, 1, 2, 3, 4, 5])
  const slowFirst = topologyFromTable(
    laptopRows().map((row) => ({ ...row, eff: row.eff === 1 ? 0 : 1, l3: row.cpu < 8 ? 0 : 8 })),
  )
  assert.deepEqual(
    cpus(slowFirst, { workers: 9, strategy: 'tiered-spillover' }),
    [8, 9, 10, 11, 12, 13, 14, 15, 0],
  )
  assert.deepEqual(cpus(slowFirst, { workers: 2, strategy: 'linear' }), [0, 1])
})

test('spread takes turns on what is wider first: L3 groups of two NUMA nodes each', () => {
  const rows = Array.from({ length: 8 }, (_, cpu) => ({
    cpu,
    package: 0,
    numa: cpu >> 1,
    l3: cpu >> 2,
  }))
  assert.deepEqual(cpus(topologyFromTable(rows), { strategy: 'spread' }), [0, 4, 2, 6, 1, 5, 3, 7])
})

test('ccd-isolation takes the fast group while it has cores enough', () => {
  const group = (workers: number): number =>
    placeWorkers(unequal!, { workers, strategy: 'ccd-isolation' }).places[0]!.group!
  assert.deepEqual([1, 4, 5, 8, 9, 40].map(group), [0, 0, 4, 4, 4, 4])
  assert.equal(placeWorkers(unequal!, { strategy: 'ccd-isolation' }).places.length, 8)
})

test('the number of workers defaults to the places there are, and the quota', () => {
  const count = (options: PlaceOptions, quota: number | null = null): number =>
    placeWorkers(topologyFromTable(tableOf(DESKTOP), { allowed: '0-3,8-9,16-17', quota }), options)
      .places.length
  assert.equal(count({}), 8)
  assert.equal(count({ strategy: 'avoid-smt' }), 6, 'one for each core')
  assert.equal(count({ strategy: 'ccd-isolation' }), 6)
  assert.equal(count({ strategy: 'spread' }, 2.5), 3)
  assert.equal(count({ strategy: [3, 9] }, 1), 2)
})

test('more workers than cpus share a group, and notes say so', () => {
  const few = topologyFromTable(tableOf(DESKTOP), { allowed: '0,1,8' })
  const { places, notes } = placeWorkers(few, { workers: 5, strategy: 'linear' })
  assert.deepEqual(
    places.map((place) => formatCpuList(place.cpus)),
    ['0', '1', '8', '0-1', '0-1'],
  )
  assert.deepEqual(notes, ['5 workers on 3 cpus: 2 without a cpu of their own'])
  const alone = topologyFromTable(tableOf(DESKTOP), { allowed: '0,8' })
  assert.deepEqual(masks(alone, { workers: 3, strategy: 'linear' }), ['0', '8', '0,8'])
  const paid = topologyFromTable(tableOf(DESKTOP), { quota: 1.5 })
  assert.deepEqual(placeWorkers(paid, { workers: 3, strategy: 'compact' }).notes, [
    '3 workers on a quota of 1.5 cores: they will be held up in turn',
  ])
})

test('the pin level may be chosen', () => {
  const at = (pin: PlaceOptions['pin']): string[] =>
    masks(desktop, { workers: 2, strategy: 'compact', pin: pin! })
  assert.deepEqual(at('cpu'), ['0', '16'])
  assert.deepEqual(at('core'), ['0,16', '0,16'])
  assert.deepEqual(at('l2'), ['0,16', '0,16'])
  assert.deepEqual(at('l3'), ['0-7,16-23', '0-7,16-23'])
  assert.deepEqual(at('numa'), ['0-31', '0-31'])
  assert.deepEqual(at('none'), ['0-31', '0-31'])
  // What is not known to be shared leaves the core.
  assert.deepEqual(
    masks(MACHINES['nothing known'], { workers: 2, strategy: 'linear', pin: 'l2' }),
    ['0', '1'],
  )
})

test('an explicit list: cpus, or several for a worker, as often as they are named', () => {
  assert.deepEqual(masks(desktop, { strategy: [5, [16, 0, 16], 5] }), ['5', '0,16', '5'])
  assert.deepEqual(masks(desktop, { strategy: [5, 9], workers: 1 }), ['5'])
  assert.deepEqual(masks(desktop, { strategy: [5, [0, 8]], pin: 'core' }), ['5,21', '0,8,16,24'])
  const place = placeWorkers(desktop!, { strategy: [9] }).places[0]!
  assert.deepEqual([place.cpu, place.tier, place.group], [9, 1, 8])
})

test('words of a command line', () => {
  assert.equal(parseStrategy('avoid-smt'), 'avoid-smt')
  assert.deepEqual(parseStrategy('0,2,4-6,2'), [0, 2, 4, 5, 6, 2])
  for (const word of ['0,', '-', '3-1', '9999']) {
    assert.throws(
      () => parseStrategy(word),
      like({
        type: RangeError,
        code: 'ERR_OPTION',
        message: /^strategy must be a list of cpus like 0,2,4-7; got /,
      }),
    )
  }
  for (const word of ['', 'fast', 'toString', 'avoid_smt']) {
    assert.throws(
      () => parseStrategy(word),
      like({
        type: TypeError,
        code: 'ERR_OPTION',
        message:
          /^strategy must be one of none, linear, avoid-smt, ccd-isolation, tiered-spillover, compact, spread, or a list of cpus; got "/,
      }),
    )
  }
})

test('wrong options', () => {
  const wrong: [options: object, type: typeof Error, message: RegExp][] = [
    [{ strategy: 5 }, TypeError, /^strategy must be one of .*; got 5$/],
    [{ strategy: {} }, TypeError, /^strategy must be one of /],
    [
      { pin: 'socket' },
      TypeError,
      /^pin must be one of cpu, core, l2, l3, numa, none; got "socket"$/,
    ],
    [{ workers: '2' }, TypeError, /^workers must be a number; got "2"$/],
    [{ workers: -1 }, RangeError, /^workers must be an integer from 0 to 1024; got -1$/],
    [{ workers: 1.5 }, RangeError, /^workers must be an integer from 0 to 1024; got 1\.5$/],
    [{ workers: NaN }, RangeError, /^workers must be an integer from 0 to 1024; got NaN$/],
    [{ workers: 2 ** 40 }, RangeError, /^workers must be an integer from 0 to 1024; got /],
    [
      { strategy: [0, 40] },
      RangeError,
      /^the list of cpus must name cpus that are allowed \(0-31\); got 40$/,
    ],
    [
      { strategy: [0, 'x'] },
      RangeError,
      /^the list of cpus must name cpus that are allowed \(0-31\); got "x"$/,
    ],
    [
      { strategy: [[]] },
      RangeError,
      /^the list of cpus must name cpus that are allowed \(0-31\); got \[\]$/,
    ],
    [
      { strategy: Array(1025).fill(0) },
      RangeError,
      /^the list of cpus must have at most 1024 places; it has 1025$/,
    ],
    [
      { strategy: [0, 1], workers: 3 },
      RangeError,
      /^the list of cpus must have a place for each of 3 workers; it has 2$/,
    ],
  ]
  for (const [options, type, message] of wrong) {
    assert.throws(
      () => placeWorkers(desktop!, options as PlaceOptions),
      like({ type, code: 'ERR_OPTION', message }),
      String(message),
    )
  }
})

test('1024 workers are placed, and a machine of 8192 cpus is', () => {
  assert.equal(
    placeWorkers(desktop!, { workers: 1024, strategy: 'tiered-spillover' }).places.length,
    1024,
  )
  const huge = topologyFromTable(Array.from({ length: 8192 }, (_, cpu) => ({ cpu, l3: cpu >> 3 })))
  for (const strategy of NAMES) {
    assert.equal(placeWorkers(huge, { workers: 100, strategy }).places.length, 100)
  }
})
