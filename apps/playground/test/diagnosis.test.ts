/** What is said follows from the numbers: measured ones are made up here, so that both sides of each limit are met. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findKnee } from 'spillway-lab/dist/stats/knee.js'
import { fitUsl } from 'spillway-lab/dist/stats/usl.js'
import { diagnose } from '../src/diagnosis/diagnose.ts'
import type { Evidence, Note } from '../src/diagnosis/diagnose.ts'
import { sharedWrite } from '../src/diagnosis/shared-write.ts'
import { counters } from '../src/programs/counter.ts'
import { mandelbrot } from '../src/programs/mandelbrot.ts'
import type { Program } from '../src/programs/program.ts'
import type { Scaling } from '../src/scaling/measure.ts'
import type { RunSummary } from '../src/timeline/summary.ts'

const sharedText =
  '(start, end, { words }) => {\n  for (let i = start; i < end; i++) {\n    Atomics.add(words, 0, 1)\n  }\n}'

function counter(variant: string): Program {
  return counters.find(({ id }) => id === `counter-${variant}`)!
}

function scalingOf(program: Program, speedups: readonly number[]): Scaling {
  const points = speedups.map((speedup, at) => ({
    workers: at + 1,
    samples: [100 / speedup],
    ms: 100 / speedup,
    throughput: 1e8 * speedup,
    speedup,
  }))
  return { program, points, fit: fitUsl(points), knee: findKnee(points) }
}

function summary(busy: readonly number[], typicalSpan = 1, nobody = 0): RunSummary {
  const threads = busy.map((ms, worker) => ({
    name: `worker ${worker}`,
    worker,
    chunks: 10,
    jobs: 0,
    steals: 1,
    parks: 0,
    busy: ms,
    parked: 0,
    idle: 100 - ms,
    lost: 0,
  }))
  return { extent: { from: 0, to: 100 }, threads, typicalSpan, nobody }
}

function said(id: string, evidence: Partial<Evidence>): Note | undefined {
  const program = evidence.program ?? mandelbrot
  return diagnose({
    program,
    text: '() => {}',
    workers: 2,
    run: null,
    callMs: 100,
    scaling: [],
    comparison: null,
    ...evidence,
  }).find((note) => note.id === id)
}

test('a shared word is found in the text of any kernel, by its line', () => {
  assert.deepEqual(sharedWrite(sharedText, 'range'), {
    line: 3,
    code: 'Atomics.add(words, 0, 1)',
    often: 'index',
  })
  assert.equal(sharedWrite('(i, { hits }) => Atomics.add(hits, 3, 1)', 'each')?.often, 'index')
  assert.equal(
    sharedWrite('(start, end, { w }) => { Atomics.add(w, 0, end - start) }', 'range')?.often,
    'chunk',
  )
  for (const text of [
    '(i, { hits }) => Atomics.add(hits, i, 1)',
    '(i, { hits }) => Atomics.load(hits, 0)',
    '(i, { hits }) => { if (i === 0) Atomics.store(hits, 0, 1) }',
    '(i, { hits }) => { // Atomics.add(hits, 0, 1)\n }',
    '(i, { hits }) => { let = }',
  ])
    assert.equal(sharedWrite(text, 'each'), null, text)
})

test('true sharing: said from the text, judged by the numbers', () => {
  const program = counter('shared')
  const unmeasured = said('sharing', { program, text: sharedText })!
  assert.equal(unmeasured.tone, 'bad')
  assert.match(
    unmeasured.text,
    /^This line is shared: line 3, .* Use parallelReduce.* Measure the scaling/,
  )
  const bad = said('sharing', {
    program,
    text: sharedText,
    scaling: [scalingOf(program, [1, 0.6]), scalingOf(counter('local'), [1, 1.9])],
  })!
  assert.equal(bad.tone, 'bad')
  assert.match(
    bad.text,
    /10\.0 ns per item on one worker, 16\.7 ns on 2, a speedup of 0\.60x; a chunk-local sum scales 3\.17x as well/,
  )
  const fine = said('sharing', {
    program,
    text: sharedText,
    scaling: [scalingOf(program, [1, 1.5]), scalingOf(counter('local'), [1, 1.9])],
  })!
  assert.equal(fine.tone, 'plain')
  assert.match(fine.text, /no contention shows/)
  // The same mistake in another program.
  assert.match(
    said('sharing', { program: mandelbrot, text: '(y, { steps }) => Atomics.add(steps, 0, y)' })!
      .text,
    /line 1, Atomics\.add\(steps, 0, y\)/,
  )
  assert.equal(said('sharing', { program: mandelbrot }), undefined)
})

test('false sharing, and what cures both', () => {
  const scaling = [
    scalingOf(counter('adjacent'), [1, 0.9]),
    scalingOf(counter('padded'), [1, 1.9]),
    scalingOf(counter('shared'), [1, 0.5]),
  ]
  assert.match(
    said('sharing', { program: counter('adjacent'), scaling })!.text,
    /with padding the same code scales 2\.11x as well/,
  )
  const same = [scalingOf(counter('adjacent'), [1, 1.8]), scalingOf(counter('padded'), [1, 1.9])]
  assert.equal(said('sharing', { program: counter('adjacent'), scaling: same })!.tone, 'plain')
  const cured = said('sharing', { program: counter('padded'), scaling })!
  assert.equal(cured.tone, 'good')
  assert.match(cured.text, /3\.80x as well as the shared counter/)
})

test('balance: by the least and the most that a worker was at work', () => {
  assert.equal(said('balance', { run: summary([90, 95]) })!.tone, 'good')
  const bad = said('balance', { run: summary([40, 95]) })!
  assert.equal(bad.tone, 'bad')
  assert.match(bad.text, /^worker 0 was at work 40 % of the time, the busiest 95 %\. 2 steals/)
  assert.equal(
    said('balance', { run: summary([95]) }),
    undefined,
    'one worker has nobody to balance with',
  )
})

test('grain: too little at a time, with drawing between calls left out', () => {
  assert.equal(said('grain', { run: summary([90, 90]) })!.tone, 'good')
  assert.match(said('grain', { run: summary([90, 90], 0.002) })!.text, /2\.00 µs/)
  assert.equal(said('grain', { run: summary([30, 30], 1, 60) })!.title, 'Short steps')
  assert.equal(said('grain', { run: summary([30, 30], 1, 60), callMs: 45 })!.tone, 'good')
})

test('scaling: the shape of the curve, and how far the fit can be trusted', () => {
  const four = said('scaling', { scaling: [scalingOf(mandelbrot, [1, 1.98, 2.94, 3.9])] })!
  assert.equal(four.tone, 'good')
  assert.match(four.text, /^Every worker added was worth it\. .* contention σ = 0\.0\d\d/)
  const worse = said('scaling', { scaling: [scalingOf(mandelbrot, [1, 0.7])] })!
  assert.equal(worse.tone, 'bad')
  assert.match(worse.text, /^More workers are slower than one\..*underdetermined/)
  assert.match(said('scaling', { scaling: [scalingOf(mandelbrot, [1])] })!.text, /one worker only/)
  assert.equal(
    said('scaling', { scaling: [scalingOf(counter('none'), [1, 2])] }),
    undefined,
    'of another program',
  )
})
