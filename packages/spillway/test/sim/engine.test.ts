/** The engine itself: weaving, races, sleeping, and that no interleaving is left out. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { exploreDepthFirst } from '../../sim/explore/depth-first.ts'
import { prepare } from '../../sim/explore/explore.ts'
import type { Model } from '../../sim/explore/model.ts'
import { explorePct, exploreRandomly } from '../../sim/explore/random.ts'
import { modelNamed } from '../../sim/models/models.ts'
import { packageFolder } from '../../sim/weave/source.ts'
import { weaveText } from '../../sim/weave/weave.ts'

const ATOMICS = "import { add, load, notify, store, wait } from './atomics.ts'\n"
const PAUSE = "import { pause } from './seam.ts'\n"

interface Program {
  [thread: string]: (words: Int32Array, data: number) => unknown
}

/** Explores everything that the functions of a program, each a thread, can do. */
async function explore(
  text: string,
  options: Partial<Model<Program>> & { check?: (data: Int32Array) => void } = {},
) {
  const folder = mkdtempSync(join(packageFolder, '.test-build', 'program-'))
  const file = join(folder, 'program.ts')
  writeFileSync(file, text)
  try {
    const model: Model<Program> = {
      name: 'program',
      promise: 'none',
      program: relative(packageFolder, file).replaceAll('\\', '/'),
      constants: { LOOP_SLOTS: 1, OUTBOX_BYTES: 0 },
      workers: 0,
      data: 8,
      ...options,
      create: (program, { words, data }) => ({
        threads: Object.keys(program).map((name) => ({
          name,
          run: () => program[name]!(words, data),
        })),
        check: () => options.check?.(words.subarray(data)),
      }),
    }
    const { execution } = await prepare(model)
    const by = (kind: 'snapshots' | 'histories') =>
      exploreDepthFirst(execution, { preemptions: Infinity, by: kind })
    return { snapshots: by('snapshots'), histories: by('histories'), execution }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const twice = (body: string): string =>
  `${ATOMICS}${PAUSE}
export function a(words: Int32Array, data: number): void { ${body} }
export function b(words: Int32Array, data: number): void { ${body} }`

test('sim: all orders of two increments by load and store are tried', async () => {
  const ends = new Set<number>()
  const { snapshots } = await explore(twice('store(words, data, load(words, data) + 1)'), {
    check: (data) => ends.add(data[0]!),
  })
  assert.deepEqual(ends, new Set([1, 2]))
  assert.ok(snapshots.complete)
})

test('sim: a step in the middle of an expression keeps what was computed before it', async () => {
  const ends = new Set<number>()
  await explore(
    twice(`
      words[data + 4]! += 0
      const sum = load(words, data) * 10 + (load(words, data) + load(words, data))
      add(words, data, 1)
      store(words, data + 1, Math.max(sum, load(words, data + 1)))`).replaceAll(
      'words[data + 4]! += 0',
      '',
    ),
    { check: (data) => ends.add(data[1]!) },
  )
  // 10 a + b + c with a <= b <= c, as far as the other thread's one addition comes in between.
  assert.deepEqual(
    [...ends].toSorted((x, y) => x - y),
    [0, 1, 2, 12],
  )
})

test('sim: plain accesses that nothing orders are a data race', async () => {
  const { snapshots } = await explore(twice('load(words, data + 1); words[data]!++'))
  assert.equal(snapshots.failure?.kind, 'race')
  assert.match(snapshots.failure.message, /plain read of data\+0 by b .* plain write by a/)
})

test('sim: an atomic that publishes a plain write orders it; one on another word does not', async () => {
  const program = (flag: string): string => `${ATOMICS}
export function writer(words: Int32Array, data: number): void { words[data] = 7; store(words, data + 1, 1) }
export function reader(words: Int32Array, data: number): void { if (load(words, data + ${flag}) === ${flag === '1' ? 1 : 0}) store(words, data + 3, words[data]!) }`
  const ordered = await explore(program('1'))
  assert.equal(ordered.snapshots.failure, null)
  assert.equal(ordered.histories.failure, null)
  const unordered = await explore(program('2'))
  assert.equal(unordered.snapshots.failure?.kind, 'race')
})

test('sim: mixed plain and atomic accesses race too', async () => {
  const { snapshots } = await explore(`${ATOMICS}
export function plain(words: Int32Array, data: number): void { load(words, data + 1); words[data] = 1 }
export function atomic(words: Int32Array, data: number): void { load(words, data) }`)
  assert.equal(snapshots.failure?.kind, 'race')
})

test('sim: a sleep that nobody ends is a deadlock, one that is ended is none', async () => {
  const program = (wakes: string): string => `${ATOMICS}
export function sleeper(words: Int32Array, data: number): void { while (load(words, data) === 0) wait(words, data, 0, 1) }
export function waker(words: Int32Array, data: number): void { ${wakes} }`
  const right = await explore(program('store(words, data, 1); notify(words, data)'))
  assert.equal(right.snapshots.failure, null)
  const wrong = await explore(program('notify(words, data); store(words, data, 1)'))
  assert.equal(wrong.snapshots.failure?.kind, 'deadlock')
  assert.match(wrong.snapshots.failure.message, /sleeper sleeps on data\+0/)
})

test('sim: a loop that spins ends when somebody writes, and is a livelock when nobody will', async () => {
  const program = (other: string): string => `${ATOMICS}${PAUSE}
export function spinner(words: Int32Array, data: number): void { while (load(words, data) === 0) pause() }
export function other(words: Int32Array, data: number): void { ${other} }`
  assert.equal((await explore(program('store(words, data, 1)'))).snapshots.failure, null)
  const failure = (await explore(program('store(words, data + 1, 1)'))).snapshots.failure
  assert.equal(failure?.kind, 'livelock')
})

test('sim: a thread that is ended dies after any of its steps', async () => {
  const ends = new Set<number>()
  const { histories } = await explore(
    `${ATOMICS}import { kill } from './seam.ts'
export function sleeper(words: Int32Array, data: number): void { add(words, data, 1); add(words, data, 1); words[data + 1] = 1; add(words, data, 1); wait(words, data + 2, 0, 1) }
export function killer(words: Int32Array, data: number): void { kill(1); words[data + 1]!++; store(words, data + 3, load(words, data)) }`,
    { check: (data) => ends.add(data[3]!) },
  )
  assert.equal(histories.failure?.message, undefined)
  assert.deepEqual(ends, new Set([0, 1, 2, 3]))
  // What the dead did has happened before: no race, and nobody waits for it.
  assert.equal(histories.failure, null)
})

test('sim: snapshots reach the same ends as histories', async () => {
  const body =
    'add(words, data, load(words, data + 1) + 1); add(words, data + 1, load(words, data))'
  for (const threads of [twice(body), twice(`${body}; ${body}`)]) {
    const ends = [new Set<string>(), new Set<string>()]
    let kind = 0
    const { snapshots, execution } = await explore(threads, {
      check: (data) => ends[kind]!.add(data.slice(0, 2).join()),
    })
    const all = new Set(ends[0])
    for (kind = 0; kind < 2; kind++) {
      ends[kind]!.clear()
      const by = kind === 0 ? 'snapshots' : 'histories'
      exploreDepthFirst(execution, { preemptions: Infinity, by })
    }
    assert.deepEqual(ends[0], ends[1])
    assert.deepEqual(ends[0], all)
    assert.ok(snapshots.complete && all.size > 2)
  }
})

test('sim: runs by chance repeat with their seed', async () => {
  const { execution } = await prepare(modelNamed('sleep, two workers'))
  const orders = (seed: number, pct: boolean): string => {
    const seen: string[] = []
    for (let run = 1; run <= 3; run++) {
      if (pct) explorePct(execution, run, seed, 3)
      else exploreRandomly(execution, run, seed)
      seen.push(execution.order.join(''))
    }
    return seen.join('|')
  }
  for (const pct of [false, true]) {
    assert.equal(orders(5, pct), orders(5, pct))
    assert.notEqual(orders(5, pct), orders(6, pct))
  }
})

test('sim: a race that is allowed is one that happens', async () => {
  for (const name of ['sync loops, slot reuse', 'deque, ring of two']) {
    const model = modelNamed(name)
    const { execution } = await prepare({ ...model, mayRace: {} })
    const { failure } = exploreDepthFirst(execution, { preemptions: 3 })
    assert.equal(failure?.kind, 'race', name)
  }
})

test('sim: an edit must fit exactly one place', async () => {
  const model = modelNamed('range, one thief')
  const edit = (from: string) => [{ file: 'src/core/range.ts', from, to: '' }]
  await assert.rejects(prepare(model, edit('no such text')), /has 0 places, not 1/)
  await assert.rejects(prepare(model, edit('return EMPTY')), /has 2 places, not 1/)
})

test('sim: what cannot be stopped in is refused, with its place', () => {
  const from = "import { load } from 'spillway:atomics'\n"
  const refused = (text: string, message: RegExp): void => {
    assert.throws(() => weaveText(from + text), message)
  }
  refused('const a = (w) => load(w, 0)', /cannot weave ArrowFunctionExpression/)
  refused('load(x, 0)', /at top level/)
  refused(
    'function f(w) { for (const i of [1, 2]) load(w, i) }',
    /cannot weave ForOfStatement in f/,
  )
  refused('function f(load) { }', /hides the atomic function load/)
})
