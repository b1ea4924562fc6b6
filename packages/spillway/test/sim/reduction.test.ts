/** Sleep sets leave out no behaviour: within each bound, what can be the end of a run is the same with and without them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { exploreDepthFirst } from '../../sim/explore/depth-first.ts'
import { prepare } from '../../sim/explore/explore.ts'
import type { Prepared } from '../../sim/explore/explore.ts'
import type { Model } from '../../sim/explore/model.ts'
import { kindOfWord } from '../../sim/explore/word-name.ts'
import { modelNamed } from '../../sim/models/models.ts'
import { seededBugs } from '../../sim/seeded-bugs.ts'
import { packageFolder } from '../../sim/weave/source.ts'
import { fc, holds } from '../support/property.ts'

/** What memory holds at the ends of runs, but for words that nobody reads, and how many runs that took. */
function endsOf({ execution, model }: Prepared, preemptions: number, reduce: boolean) {
  const unread = new Set(model.unread ?? [])
  const read = Array.from(execution.words.keys()).filter(
    (index) => unread.size === 0 || !unread.has(kindOfWord(execution.nameOf(index))),
  )
  const ends = new Set<string>()
  const ended = (): void => {
    const { words } = execution
    ends.add(read.map((index) => words[index]).join())
  }
  const { failure, runs } = exploreDepthFirst(execution, { preemptions, reduce, ended })
  return { ends: [...ends].toSorted(), failure: failure?.kind, runs }
}

for (const [name, bounds] of [
  ['range, two thieves', [0, 1, 2, 3]],
  ['deque, two thieves', [0, 1, 2, 3]],
  ['counter, two waiters', [0, 1]],
  ['sleep, two publishers', [0, 1, 2, 3]],
  ['sleep, spurious', [0, 1, 2]],
  ['shutdown, two workers', [0, 1, 2]],
  ['two loops in flight', [0, 1]],
  ['sync loop, two workers', [0, 1]],
  ['job with a child', [0, 1, 2]],
  ['refused job', [0, 1]],
  ['join, one thief', [0, 1, 2]],
  ['a thief that dies', [0, 1]],
  ['a worker that dies in a loop', [0, 1, 2]],
] as const) {
  test(`the ends of "${name}" are the same with fewer runs`, async () => {
    const prepared = await prepare(modelNamed(name))
    let [all, reduced] = [0, 0]
    for (const bound of bounds) {
      const full = endsOf(prepared, bound, false)
      const fewer = endsOf(prepared, bound, true)
      assert.deepEqual(fewer.ends, full.ends, `${bound} preemptions`)
      all += full.runs
      reduced += fewer.runs
    }
    assert.ok(reduced < all, `${reduced} runs of ${all}`)
  })
}

test('a seeded bug is found with as few preemptions', async () => {
  for (const { name, model, edits } of seededBugs) {
    if (model.startsWith('spill')) continue
    const prepared = await prepare(modelNamed(model), edits)
    for (let bound = 0; ; bound++) {
      const full = endsOf(prepared, bound, false).failure
      const fewer = endsOf(prepared, bound, true).failure
      assert.equal(fewer === undefined, full === undefined, `${name}, ${bound} preemptions`)
      // Others show as races, or by chance.
      if (full !== undefined || bound === 1) break
    }
  }
})

// Any program: three threads that load, store, add, compare and wait for each other on three words, and keep what they saw.

interface Program {
  [thread: string]: (words: Int32Array, data: number) => unknown
}

const word = fc.nat({ max: 2 }).map((index) => `data + ${index}`)
const value = fc.nat({ max: 2 })
const step = fc.oneof(
  fc.tuple(word).map(([at]) => `seen = seen * 3 + load(words, ${at})`),
  fc.tuple(word, value).map(([at, to]) => `store(words, ${at}, ${to})`),
  fc.tuple(word).map(([at]) => `seen = seen * 3 + add(words, ${at}, 1)`),
  fc
    .tuple(word, value, value)
    .map(([at, from, to]) => `if (compareAndSet(words, ${at}, ${from}, ${to})) seen++`),
  fc.tuple(word).map(([at]) => `if (load(words, ${at}) === 0) pause()`),
  fc.tuple(word).map(([at]) => `notify(words, ${at})`),
)
const body = fc.array(step, { minLength: 1, maxLength: 4 })

test('the ends of any program are the same', async () => {
  await holds(fc.tuple(body, body, body), 30, async (bodies) => {
    const text = `import { add, compareAndSet, load, notify, store } from './atomics.ts'
import { pause } from './seam.ts'
${bodies
  .map(
    (steps, at) =>
      `export function thread${at}(words: Int32Array, data: number): void { let seen = 0; ${steps.join('; ')}; words[data + ${4 + at}] = seen }`,
  )
  .join('\n')}`
    const folder = mkdtempSync(join(packageFolder, '.test-build', 'program-'))
    try {
      writeFileSync(join(folder, 'program.ts'), text)
      const model: Model<Program> = {
        name: 'program',
        promise: 'none',
        program: relative(packageFolder, join(folder, 'program.ts')).replaceAll('\\', '/'),
        constants: { LOOP_SLOTS: 1, OUTBOX_BYTES: 0 },
        workers: 0,
        data: 8,
        create: (program, { words, data }) => ({
          threads: Object.keys(program).map((name) => ({
            name,
            run: () => program[name]!(words, data),
          })),
          check: () => {},
        }),
      }
      const prepared = await prepare(model)
      for (const bound of [0, 1, 2, 3]) {
        const full = endsOf(prepared, bound, false)
        const fewer = endsOf(prepared, bound, true)
        assert.deepEqual(fewer.ends, full.ends, `${bound} preemptions of\n${text}`)
        assert.equal(fewer.failure, full.failure)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
