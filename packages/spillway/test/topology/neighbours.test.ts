/** Steal orders and wake orders, on machines where one can say what they should be. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeWorkers, stealOrders, topologyFromTable, wakeOrders } from '../../src/topology.ts'
import type { PlaceOptions, Topology } from '../../src/topology.ts'
import { DESKTOP, MACHINES, tableOf } from './machines.ts'

const orders = (topology: Topology, options: PlaceOptions): number[][] =>
  stealOrders(topology, placeWorkers(topology, options))

test('nearest first: own core, own L3, the other one; neighbours begin apart', () => {
  const small = topologyFromTable(tableOf({ ...DESKTOP, cores: 2, numbers: 'near' }))
  assert.deepEqual(orders(small, { workers: 8, strategy: 'linear' }), [
    [1, 2, 3, 4, 5, 6, 7],
    [0, 3, 2, 5, 6, 7, 4],
    [3, 0, 1, 6, 7, 4, 5],
    [2, 1, 0, 7, 4, 5, 6],
    [5, 6, 7, 0, 1, 2, 3],
    [4, 7, 6, 1, 2, 3, 0],
    [7, 4, 5, 2, 3, 0, 1],
    [6, 5, 4, 3, 0, 1, 2],
  ])
})

test('among equals every thief begins elsewhere, whatever the order of places', () => {
  for (const strategy of ['linear', 'spread', 'avoid-smt', 'compact'] as const) {
    const desktop = MACHINES['desktop']!
    const placement = placeWorkers(desktop, { workers: 16, strategy })
    const groups = placement.places.map(({ group }) => group!)
    const steal = stealOrders(desktop, placement)
    for (const group of new Set(groups)) {
      const inside = steal.filter((_, thief) => groups[thief] === group)
      const first = inside.map((victims) => victims.find((victim) => groups[victim] !== group))
      const starts = new Set(first.filter((victim) => victim !== undefined))
      const others = groups.filter((other) => other !== group).length
      assert.equal(starts.size, Math.min(others, inside.length), strategy)
    }
  }
})

test('nodes that are farther are farther', () => {
  const table = tableOf({ ...DESKTOP, packages: 1, nodes: 2, groups: 1, cores: 1, threads: 1 })
  const more = [...table, { ...table[1]!, cpu: 2, core: 2, l2: 2, l3: 2, numa: 2 }]
  const topology: Topology = {
    ...topologyFromTable(more),
    distances: {
      nodes: [0, 1, 2],
      rows: [
        [10, 32, 16],
        [32, 10, 20],
        [16, 20, 10],
      ],
    },
  }
  assert.deepEqual(orders(topology, { workers: 3, strategy: 'linear' }), [
    [2, 1],
    [2, 0],
    [0, 1],
  ])
})

test('who has no place takes turns around the ring', () => {
  assert.deepEqual(orders(MACHINES['desktop']!, { workers: 4, strategy: 'none' }), [
    [1, 2, 3],
    [2, 3, 0],
    [3, 0, 1],
    [0, 1, 2],
  ])
})

test('wake orders begin with those that look here first', () => {
  assert.deepEqual(
    wakeOrders([
      [1, 2, 3],
      [0, 3, 2],
      [3, 0, 1],
      [2, 1, 0],
    ]),
    [
      [1, 2, 3],
      [0, 3, 2],
      [3, 0, 1],
      [2, 1, 0],
    ],
  )
  assert.deepEqual(
    wakeOrders([
      [2, 1],
      [2, 0],
      [1, 0],
    ]),
    [
      [1, 2],
      [2, 0],
      [0, 1],
    ],
  )
  assert.deepEqual(wakeOrders([[]]), [[]])
})
