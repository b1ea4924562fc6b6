/** Damaged and hostile trees, and tables that cannot be true: a message or a stated fallback, never a crash or a hang. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import {
  parseCpuList,
  placeWorkers,
  readTopology,
  stealOrders,
  topologyFromTable,
} from '../../src/topology.ts'
import type { CpuRow, TableFacts } from '../../src/topology.ts'
import { parseCpuMask } from '../../src/topology/cpu-list.ts'
import { like } from '../support/expect.ts'
import { fc } from '../support/property.ts'
import { readLinux } from '../../src/topology/linux.ts'
import { DESKTOP, filesOf, tableOf, treeOf, withTree } from './machines.ts'

const CPU = 'sys/devices/system/cpu'
const SMALL = tableOf({ ...DESKTOP, cores: 1 })
const readAt = (root: string) => readTopology({ root })
const read = (tree: Record<string, string>) => withTree(tree, readAt)

test('lists and masks: what is none is refused, and nothing counts to a billion', () => {
  assert.deepEqual(parseCpuList(' 0-2,8\n'), [0, 1, 2, 8])
  assert.deepEqual(parseCpuList('3,1,1-2'), [1, 2, 3])
  assert.deepEqual(parseCpuList(''), [])
  assert.deepEqual(parseCpuList('0-8:4,20'), [0, 4, 8, 20])
  assert.deepEqual(parseCpuList('0-12:2/5'), [0, 1, 5, 6, 10, 11])
  for (const list of [
    'x',
    '1-',
    '-1',
    '3-1',
    '0,,1',
    '1.5',
    '0-4294967295',
    '8192',
    '0x1',
    '0-8:0',
    '0-8:3/2',
    '0-8:0/2',
    '0-8:1/',
    '3:2',
    '99999999999999999999',
  ]) {
    assert.equal(parseCpuList(list), null, list)
  }
  assert.deepEqual(parseCpuMask('3,80000001\n'), [0, 31, 32, 33])
  assert.deepEqual(parseCpuMask('0'), [])
  assert.deepEqual(parseCpuMask(`${'00000000,'.repeat(400)}1`), [0])
  for (const mask of ['', 'g', '1,,1', '123456789', '-1', `1${',00000000'.repeat(256)}`]) {
    assert.equal(parseCpuMask(mask), null, mask)
  }
})

test('a root without a machine is refused', () => {
  const message =
    /^root must be a folder with the sys\/devices\/system\/cpu of a Linux machine; there is none in "/
  const refused = like({ type: RangeError, code: 'ERR_ARGUMENT', message })
  withTree({ 'sys/devices/system/cpu/README': '', file: '' }, (root) => {
    for (const wrong of [root, join(root, 'file'), join(root, 'nowhere'), `${root}\0`]) {
      assert.throws(() => readAt(wrong), refused, wrong)
    }
  })
  for (const root of ['', 5, null]) {
    assert.throws(
      () => readAt(root as string),
      like({
        type: TypeError,
        code: 'ERR_ARGUMENT',
        message: /^root must be the path of a folder; got /,
      }),
    )
  }
})

test('nothing is known: cpus are still there', () => {
  const { cpus, notes } = read({ [`${CPU}/online`]: '0-3\n' })
  assert.deepEqual(
    cpus.map(({ cpu, core, smt, l3, package: home }) => [cpu, core, smt, l3, home]),
    [
      [0, 0, 0, null, null],
      [1, 1, 0, null, null],
      [2, 2, 0, null, null],
      [3, 3, 0, null, null],
    ],
  )
  assert.deepEqual(notes, [
    'cpus are listed, and nothing is said about any of them',
    'cpus 0-3 have no core: each counts as one',
  ])
})

test('a list of online cpus that cannot be true', () => {
  const tree = treeOf(SMALL)
  for (const [online, note] of [
    ['0-4294967295', /online cpus is empty or damaged/],
    ['', /online cpus is empty or damaged/],
    ['\0\0', /online cpus is empty or damaged/],
    ['0-3,900', /cpus 900 are said to be online and have no folder: left out/],
    ['100-200', /cpus 100-200 are said to be online and have no folder/],
  ] as const) {
    const { cpus, notes } = read({ ...tree, [`${CPU}/online`]: online })
    assert.deepEqual(
      cpus.map(({ cpu }) => cpu),
      [0, 1, 2, 3],
      online,
    )
    assert.match(notes.join('\n'), note)
  }
})

test('groups that contradict each other are told, and each cpu goes by its own word', () => {
  const tree = treeOf(SMALL)
  tree[`${CPU}/cpu1/topology/core_cpus`] = '3\n'
  const { cpus, notes } = read(tree)
  assert.match(notes.join('\n'), /do not agree about their core: each goes by what it says itself/)
  assert.match(notes.join('\n'), /cpus 0 and 1 share core 0, but no l2/)
  assert.deepEqual(
    cpus.map(({ core }) => core),
    [0, 0, 0, 1],
  )
  assert.deepEqual(
    cpus.map(({ smt }) => smt),
    [0, 1, 2, 0],
  )
  tree[`${CPU}/cpu1/topology/core_cpus`] = '0\n'
  assert.match(read(tree).notes.join('\n'), /cpus 1 have no core: each counts as one/)
  tree['sys/devices/system/node/node1/cpumap'] = 'f\n'
  assert.match(read(tree).notes.join('\n'), /cpu 0 is in NUMA nodes 0 and 1: the first counts/)
})

const POSIX = { skip: process.platform === 'win32' && 'needs links and pipes' }

test(
  'links that loop or lead out of the tree, folders and pipes in the place of files',
  POSIX,
  () => {
    withTree(treeOf(SMALL), (root) => {
      const replace = (name: string, make: (path: string) => void): void => {
        const path = join(root, name)
        rmSync(path, { recursive: true, force: true })
        make(path)
      }
      replace(`${CPU}/online`, (path) => symlinkSync('online', path))
      replace(`${CPU}/cpu0/topology/core_cpus`, (path) => mkdirSync(path))
      replace(`${CPU}/cpu0/cache/index2`, (path) => symlinkSync('.', path))
      replace(`${CPU}/cpu1/cache`, (path) => symlinkSync('../..', path))
      replace(`${CPU}/cpu2/cpu_capacity`, (path) => symlinkSync('/proc/cpuinfo', path))
      replace(`${CPU}/cpu3/topology/core_cpus`, (path) => execFileSync('mkfifo', [path]))
      replace(`${CPU}/cpu3/topology/package_cpus`, (path) => symlinkSync('/dev/zero', path))
      replace('proc/self', (path) => {
        mkdirSync(join(root, 'proc'))
        symlinkSync('/proc/self', path)
      })
      const outside = join(root, '..', `${basename(root)}-outside`)
      writeFileSync(outside, '4\n')
      try {
        replace(`${CPU}/cpu2/topology/core_cpus`, (path) => symlinkSync(outside, path))
        const { cpus, quota } = readAt(root)
        assert.deepEqual(
          cpus.map(({ cpu, core, allowed }) => [cpu, core, allowed]),
          [
            [0, 0, true],
            [1, 1, true],
            [2, 0, true],
            [3, 1, true],
          ],
        )
        assert.equal(quota, null)
      } finally {
        rmSync(outside)
      }
    })
  },
)

test('whatever the files say, reading ends with cpus, and placement works on what was read', () => {
  const names = Object.keys(treeOf(SMALL))
  const nonsense = fc.oneof(
    fc.constantFrom(
      '',
      '\0',
      '0',
      '-1',
      '4294967295',
      '0-8191',
      'ffffffff,ffffffff',
      '0,',
      'max',
      '\n\0',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef,-\n\0 ')), maxLength: 40 }),
  )
  const damage = fc.array(fc.tuple(fc.constantFrom(...names), fc.option(nonsense, { nil: null })), {
    minLength: 1,
    maxLength: 12,
  })
  fc.assert(
    fc.property(damage, (changes) => {
      const tree = treeOf(SMALL)
      for (const [name, text] of changes) {
        if (text === null) delete tree[name]
        else tree[name] = text
      }
      const topology = readLinux(filesOf(tree), 'test')!
      assert.ok(topology.cpus.length > 0 && topology.cpus.some(({ allowed }) => allowed))
      for (const strategy of [
        'avoid-smt',
        'ccd-isolation',
        'tiered-spillover',
        'spread',
      ] as const) {
        const placement = placeWorkers(topology, { workers: 5, strategy })
        assert.equal(placement.places.length, 5)
        assert.deepEqual(
          stealOrders(topology, placement).map((order) => order.length),
          [4, 4, 4, 4, 4],
        )
      }
    }),
    { numRuns: 300 },
  )
})

test('a table that cannot be true is refused', () => {
  const two = (a: Partial<CpuRow>, b: Partial<CpuRow>): CpuRow[] => [
    { cpu: 0, core: 0, smt: 0, ...a },
    { cpu: 1, core: 0, smt: 1, ...b },
  ]
  const wrong: [rows: unknown, facts: TableFacts, type: typeof Error, message: RegExp][] = [
    ['rows', {}, TypeError, /^rows must be an array of cpus; got "rows"/],
    [[], {}, RangeError, /^rows must be 1 to 8192 cpus; got 0/],
    [[null], {}, TypeError, /^rows\[0\] must be a record; got null/],
    [[{ cpu: -1 }], {}, RangeError, /^rows\[0\]\.cpu must be an integer from 0 to 8191; got -1/],
    [[{ cpu: 0, l3: 'a' }], {}, TypeError, /^rows\[0\]\.l3 must be an integer or null; got "a"/],
    [[{ cpu: 0, smt: -1 }], {}, RangeError, /^rows\[0\]\.smt must be an integer of at least 0/],
    [[{ cpu: 3 }, { cpu: 3 }], {}, RangeError, /^rows name cpu 3 twice/],
    [
      two({ smt: 1 }, {}),
      {},
      RangeError,
      /^rows contradict themselves: cpus 0 and 1 are both thread 1 of core 0/,
    ],
    [
      two({ l3: 0 }, { l3: 1 }),
      {},
      RangeError,
      /contradict themselves: cpus 0 and 1 share core 0, but no l3/,
    ],
    [two({}, {}), { allowed: [7] }, RangeError, /^allowed must name at least one cpu of the rows/],
    [
      two({}, {}),
      { allowed: '0-x' },
      TypeError,
      /^allowed must be an array of cpus or a list like '0-3,8'; got "0-x"/,
    ],
    [two({}, {}), { quota: 0 }, RangeError, /^quota must be null or a number above 0; got 0/],
    [
      two({}, {}),
      { quota: Infinity },
      RangeError,
      /^quota must be null or a number above 0; got Infinity/,
    ],
  ]
  for (const [rows, facts, type, message] of wrong) {
    assert.throws(
      () => topologyFromTable(rows as CpuRow[], facts),
      like({ type, code: 'ERR_ARGUMENT', message }),
      String(message),
    )
  }
})
