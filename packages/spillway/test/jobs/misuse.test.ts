/** Wrong use of jobs: a clear error where it is made, nothing hangs, the pool lives on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from 'spillway'
import { errorOf, like } from '../support/expect.ts'
import type { Expected } from '../support/expect.ts'
import { soon, systemOf, withWorkers } from '../support/job-systems.ts'
import { basic, families, fibers } from '../support/jobs.kernels.ts'
import { misuses } from '../support/misuse.kernels.ts'
import { answerOf, linkedProject } from '../package/project.ts'

const project = linkedProject()
const ANY = [0, 1, 2]
const SAMPLES = [0, 1]

/** Calls a method with what the compiler would refuse. */
function call(jobs: JobSystem, method: 'run' | 'runSync' | 'runMany', ...args: unknown[]): unknown {
  return (jobs[method] as (...args: unknown[]) => unknown).apply(jobs, args)
}

withWorkers(SAMPLES, 'what is no job is refused at the call', (jobs) => {
  const { addOne } = loops
  const refused = (kernel: unknown, message: RegExp): void => {
    for (const method of ['run', 'runSync', 'runMany'] as const) {
      const expected: Expected = { type: TypeError, code: 'ERR_KERNEL', message }
      assert.throws(
        () => call(jobs, method, kernel, method === 'runMany' ? 2 : undefined),
        like(expected),
      )
    }
  }
  refused(undefined, /kernel must be made by job\(\), or be a plain function; got undefined/)
  refused({}, /kernel must be made by job\(\)/)
  refused('tree', /got "tree"/)
  refused(
    addOne,
    /"loops-of-misuse\/addOne" is made by each\(\); this call takes kernels made by job\(\)/,
  )
})

withWorkers(SAMPLES, 'wrong arguments are refused at the call, by their path', (jobs) => {
  const x = jobs.int32(1)
  const refused = (args: unknown, code: string, message: RegExp): void => {
    for (const method of ['run', 'runSync'] as const) {
      assert.throws(
        () => call(jobs, method, basic.add, args),
        like({ type: TypeError, code, message }),
      )
    }
  }
  refused(3, 'ERR_ARGUMENT', /args of kernel "add" must have \{ x, at, by \}; got 3/)
  refused(undefined, 'ERR_ARGUMENT', /must have \{ x, at, by \}/)
  refused({ x, at: 1 }, 'ERR_ARGUMENT', /without by/)
  refused(
    { x, at: 'one', by: 1 },
    'ERR_ARGUMENT',
    /args\.at of kernel "add" cannot be passed to workers: got "one"/,
  )
  refused(
    { x: new Int32Array(4), at: 0, by: 1 },
    'ERR_NOT_SHARED',
    /args\.x .* must lie on shared memory/,
  )
  refused([x], 'ERR_ARGUMENT', /must be a plain record/)
  refused({ x, at: () => 1, by: 1 }, 'ERR_ARGUMENT', /functions cannot cross threads/)
})

withWorkers(SAMPLES, 'wrong options are refused at the call, by their name', (jobs) => {
  const refused = (options: unknown, type: typeof TypeError, message: RegExp): void => {
    for (const method of ['run', 'runSync', 'runMany'] as const) {
      const args = method === 'runMany' ? 1 : 7
      assert.throws(
        () => call(jobs, method, basic.identity, args, options),
        like({ type, code: 'ERR_OPTION', message }),
      )
    }
  }
  refused({ prio: 'high' }, TypeError, /unknown run option "prio"/)
  refused({ Priority: 'high' }, TypeError, /did you mean priority\?/)
  refused(
    { priority: 'urgent' },
    TypeError,
    /priority must be one of high, normal, low; got "urgent"/,
  )
  refused({ timeout: '5' }, TypeError, /timeout must be a number of milliseconds; got "5"/)
  refused({ timeout: -1 }, RangeError, /timeout must be at least 0 ms; got -1/)
  refused({ timeout: Number.NaN }, RangeError, /timeout must be at least 0/)
  refused({ signal: {} }, TypeError, /signal must be an AbortSignal/)
  refused({ after: 'first' }, TypeError, /after must be an array of handles/)
  refused(null, TypeError, /run options must be a record; got null/)
  refused(5, TypeError, /run options must be a record; got 5/)
})

test('after takes handles of this system only', async () => {
  const jobs = await systemOf(1)
  const other = await JobSystem.start({ workers: 0 })
  const foreign = other.run(basic.identity, 1)
  for (const handle of [foreign, Promise.resolve(), 3, null]) {
    const expected = {
      type: TypeError,
      code: 'ERR_HANDLE',
      message: /after takes handles that jobs\.run/,
    }
    assert.throws(() => call(jobs, 'run', basic.identity, 1, { after: [handle] }), like(expected))
  }
  await foreign
  await other.close()
})

withWorkers(
  SAMPLES,
  'after: a job begins after those, and fails with one of them',
  async (jobs) => {
    const x = jobs.int32(4)
    const first = jobs.run(basic.add, { x, at: 0, by: 1 })
    const second = jobs.run(basic.add, { x, at: 0, by: 1 }, { after: [first] })
    assert.equal(await soon(second, 'the second'), 1)
    const failing = jobs.run(basic.fail, 9)
    const never = jobs.run(basic.add, { x, at: 1, by: 1 }, { after: [first, failing] })
    assert.equal(
      (
        await soon(
          errorOf(() => never),
          'who waited',
        )
      ).message,
      'job 9 failed',
    )
    assert.equal(x[1], 0)
  },
)

withWorkers(SAMPLES, 'what runMany cannot run', async (jobs) => {
  for (const list of [undefined, 'ab', {}, null]) {
    const expected = {
      type: TypeError,
      code: 'ERR_ARGUMENT',
      message: /runMany takes a number of jobs, or an array/,
    }
    assert.throws(() => call(jobs, 'runMany', basic.identity, list), like(expected))
  }
  for (const count of [-1, 1.5, Number.NaN]) {
    assert.throws(() => jobs.runMany(basic.identity, count), RangeError)
  }
  assert.deepEqual(await soon(jobs.runMany(basic.identity, 0), 'none'), [])
  assert.deepEqual(await soon(jobs.runMany(basic.identity, []), 'none'), [])
  assert.throws(
    () => call(jobs, 'runMany', basic.identity, [1, 'two']),
    like({ type: TypeError, code: 'ERR_ARGUMENT', message: /must be a number or a plain record/ }),
  )
})

withWorkers(SAMPLES, 'numbers are refused where the kernel takes a record apart', (jobs) => {
  const message = /args of kernel "add" must have \{ x, at, by \}; got 3/
  assert.throws(
    () => call(jobs, 'runMany', basic.add, 3),
    like({ type: TypeError, code: 'ERR_ARGUMENT', message }),
  )
})

withWorkers(
  ANY,
  'what a generator job may not yield: it hears of it, and may go on',
  async (jobs) => {
    const message = await soon(jobs.run(misuses.yieldJunk, 0), 'the job')
    assert.match(
      message,
      /job "yieldJunk" yielded 42; a generator job yields only through yield\* ctx\.wait/,
    )
    const error = await soon(
      errorOf(() => jobs.run(misuses.yieldPromise, 0)),
      'the job',
    )
    assert.ok(error instanceof TypeError)
    assert.match(error.message, /job "yieldPromise" yielded an instance of Promise/)
  },
)

withWorkers(
  ANY,
  'a plain job that returns a promise fails, whatever becomes of the promise',
  async (jobs) => {
    for (const kernel of [misuses.returnPromise, misuses.returnRejection]) {
      const error = await soon(
        errorOf(() => jobs.run(kernel, 0)),
        'the job',
      )
      assert.ok(error instanceof TypeError)
      assert.match(
        error.message,
        /returned a promise, but its body is no async function: declare it async/,
      )
    }
    assert.equal(await soon(jobs.run(basic.identity, 1), 'the next job'), 1)
  },
)

withWorkers(ANY, 'a value that cannot cross threads is the failure of its job', async (jobs) => {
  for (const kernel of [
    'returnFunction',
    'returnSymbol',
    'returnFromFiber',
    'returnFromAsync',
    'returnFromChild',
    'returnFromJoin',
  ] as const) {
    const error = await soon(
      errorOf(() => jobs.run(misuses[kernel], 0)),
      kernel,
    )
    assert.ok(error instanceof TypeError, `${kernel}: ${String(error)}`)
    assert.equal(error['code'], 'ERR_ARGUMENT', kernel)
    assert.match(error.message, /returned a value that cannot cross threads: /, kernel)
  }
})

withWorkers(ANY, 'anything may be thrown', async (jobs) => {
  for (const [index, expected] of [5, 'text', null, undefined, { a: [1] }].entries()) {
    let thrown: unknown = 'nothing'
    try {
      await soon(jobs.run(misuses.throwAny, index), 'the job')
    } catch (error) {
      thrown = error
    }
    assert.deepEqual(thrown, expected)
  }
  const error = await soon(
    errorOf(() => jobs.run(misuses.throwUnclonable, 0)),
    'the job',
  )
  assert.match(error.message, /with a function/)
})

withWorkers(
  ANY,
  'inside a job: wrong kernels, arguments, options and waits are errors of the call',
  async (jobs) => {
    const messages = await soon(jobs.run(misuses.everything, 0), 'the job')
    const expected = [
      /kernel "loops-of-misuse\/addOne" is made by each\(\)/,
      /kernel must be made by job\(\), or be a plain function; got undefined/,
      /args of kernel "add" must have \{ x, at, by \}/,
      /unknown spawn option "prio"/,
      /priority must be one of high, normal, low; got 1/,
      /ctx\.wait takes handles of ctx\.spawn, counters, and what nested loops return; got 5/,
      /job "identity" has not ended; wait for it before reading its value|no error: 1/,
      /type must be a typed array class; got "Int32Array"/,
      /length must be an integer of at least 0; got -1/,
      /value must be an integer from 0 to 2\^30 - 1; got -1/,
    ]
    for (const [index, pattern] of expected.entries()) assert.match(messages[index], pattern)
    assert.equal(messages.length, expected.length)
  },
)

withWorkers(
  ANY,
  'what is wrong with a side of a join is an error of the call, whoever would run it',
  async (jobs) => {
    const x = jobs.int32(1)
    const messages = await soon(jobs.run(misuses.wrongSides, { x }), 'the job')
    const expected = [
      /args\.x of kernel "add" must lie on shared memory/,
      /args\.self of kernel "add" is a record that contains itself/,
      /args of kernel "add" must have \{ x, at, by \}; got 3/,
      /args of kernel "add" must have \{ x, at, by \}; .* without by/,
      /args of kernel "identity" must be a number or a plain record of .*; got "text"/,
      /args of kernel "identity" must be a number or a plain record of .*; got function/,
      /ctx\.join in job "wrongSides" takes plain jobs; got "loops-of-misuse\/addOne", a kernel of each\(\)/,
      /takes plain jobs; got "yieldJunk", a generator job: spawn it and wait for its handle/,
      /takes plain jobs; got undefined/,
      /takes plain jobs; got \{/,
    ]
    for (const [index, pattern] of expected.entries()) {
      assert.match(messages[2 * index], pattern)
      assert.match(messages[2 * index + 1], pattern)
    }
    assert.equal(messages.length, 2 * expected.length)
    assert.equal(x[0], 0)
  },
)

withWorkers(
  ANY,
  'a side of a join that changes is looked at again, and reported by the join that it is wrong in',
  async (jobs) => {
    const x = jobs.int32(1)
    const messages = await soon(jobs.run(misuses.changedSides, { x }), 'the job')
    const record = /^args of kernel "add" must have \{ x, at, by \}; got 3/
    const text = /^args of kernel "identity" must be a number or a plain record of .*; got "text"/
    const fiber = /takes plain jobs; got "yieldJunk", a generator job/
    const expected = [
      ...Array.from({ length: 5 }, () => record),
      text,
      text,
      fiber,
      fiber,
      /addOne/,
    ]
    assert.equal(messages.length, expected.length)
    for (const [index, pattern] of expected.entries()) {
      assert.match(messages[index], pattern, `join ${index}`)
    }
    assert.equal(x[0], 6)
  },
)

withWorkers(
  ANY,
  'a name captured by a plain function in a job is reported before it runs',
  async (jobs) => {
    const x = jobs.int32(1)
    const message = /kernel ".*" \(body\), which travels to workers as source text, uses "text"/
    const [loop, child, detached, good] = await soon(jobs.run(misuses.captures, { x }), 'the job')
    assert.match(loop, message)
    assert.match(child, message)
    assert.match(detached, /uses "kept"/)
    assert.equal(good, 'no error: undefined')
    assert.equal(x[0], 7)
    for (const kernel of [misuses.capturesInFiber, misuses.capturesInAsync]) {
      const [captured, value] = await soon(jobs.run(kernel, { x }), 'the other job')
      assert.match(captured, message)
      assert.equal(value, '8')
    }
    assert.equal(x[0], 7)
  },
)

withWorkers(ANY, 'a handle of another job cannot be waited for', async (jobs) => {
  const message = await soon(jobs.run(misuses.waitForOthers, 0), 'the job')
  assert.match(
    message,
    /job "waitForKept" may wait only for jobs that it spawned itself; "identity" is another's/,
  )
})

withWorkers(ANY, 'what would block is refused in a fiber and in an async job', async (jobs) => {
  for (const kernel of [misuses.scopeInFiber, misuses.scopeInAsync]) {
    assert.match(await soon(jobs.run(kernel, 0), 'the job'), /ctx\.scope blocks/)
  }
  assert.match(
    await soon(jobs.run(misuses.loopInAsync, 0), 'the job'),
    /must not block its event loop/,
  )
})

withWorkers(SAMPLES, 'runSync refuses what needs the event loop', async (jobs) => {
  const expected = { code: 'ERR_WOULD_BLOCK', message: /jobs\.runSync blocks the event loop that/ }
  assert.throws(() => jobs.runSync(misuses.returnFromAsync, 0), like(expected))
  const first = jobs.run(basic.identity, 1)
  assert.throws(() => jobs.runSync(basic.identity, 1, { after: [first] }), like(expected))
  await first
})

test('without workers, a plain job cannot wait for an async one, nor a sync call for a counter', async () => {
  const jobs = await systemOf(0)
  const expected = { code: 'ERR_WOULD_BLOCK', message: /event loop/ }
  await assert.rejects(async () => await jobs.run(misuses.spawnAsync, 0), like(expected))
  const counter = jobs.counter(1)
  const x = jobs.int32(1)
  assert.throws(() => jobs.runSync(fibers.waitFor, { counter, x, target: 0 }), like(expected))
  assert.equal(await soon(jobs.run(misuses.spawnAsyncFiber, 3), 'a fiber'), 3)
})

test('a sync call that waits for what cannot happen ends with a DeadlockError', async () => {
  const jobs = await JobSystem.start({ workers: 1, jobs: { stallTimeout: 100 } })
  const counter = jobs.counter(2)
  const x = jobs.int32(1)
  const error = await errorOf(() => jobs.runSync(fibers.waitFor, { counter, x, target: 1 }))
  assert.equal(error.name, 'DeadlockError')
  assert.match(error.message, /job "waitFor" waits for a counter to fall to 1, which is 2/)
  assert.equal(jobs.runSync(basic.identity, 1), 1)
  await jobs.close()
})

test('after close, every call throws', async () => {
  const jobs = await JobSystem.start({ workers: 1 })
  const x = jobs.int32(4)
  const handle = jobs.run(basic.add, { x, at: 0, by: 1 })
  const counter = jobs.counter(1)
  await jobs.close()
  await handle
  const closed = { code: 'ERR_CLOSED', message: /JobSystem "spillway" is closed/ }
  assert.throws(() => jobs.run(basic.identity, 1), like(closed))
  assert.throws(() => jobs.runSync(basic.identity, 1), like(closed))
  assert.throws(() => jobs.runMany(basic.identity, 1), like(closed))
  assert.throws(() => jobs.counter(1), like(closed))
  await assert.rejects(async () => await counter.wait(), like(closed))
  handle.cancel()
  assert.equal(handle.state, 'done')
})

test('kernels that the workers cannot load fail their job, those that they can are loaded', async () => {
  const ended = await project.run({
    'late.kernels.js': `
      import { job, kernels } from 'spillway/kernel'
      export const { late, parent } = kernels(import.meta.url, {
        late: job((ctx, n) => n + 1),
        parent: job((ctx, n) => { const child = ctx.spawn(late, n); ctx.wait(child); return child.value }),
      })`,
    'broken.kernels.js': `
      import { job, kernels } from 'spillway/kernel'
      import { isMainThread } from 'node:worker_threads'
      if (!isMainThread) throw new Error('not here')
      export const { broken } = kernels(import.meta.url, { broken: job(() => 1) })`,
    'main.js': `
      import { JobSystem } from 'spillway'
      const out = []
      for (const workers of [0, 2]) {
        const jobs = await JobSystem.start({ workers })
        const { late, parent } = await import('./late.kernels.js')
        out.push(await jobs.run(late, 1), await jobs.run(parent, 2), jobs.runSync(parent, 3))
        out.push((await jobs.runMany(late, 20)).length)
        if (workers > 0) {
          const { broken } = await import('./broken.kernels.js')
          try { await jobs.run(broken) } catch (error) { out.push(error.code, error.message.includes('not here')) }
          out.push(await jobs.run(late, 5))
        }
        await jobs.close()
      }
      console.log(JSON.stringify(out))`,
  })
  assert.deepEqual(answerOf(ended), [2, 3, 4, 20, 2, 3, 4, 20, 'ERR_KERNEL_UNKNOWN', true, 6])
})

test('a name captured by an inline job is reported before it runs', async () => {
  const jobs = await systemOf(1)
  const captured = 5
  assert.throws(
    () => jobs.run((_ctx, n: number) => n + captured, 1),
    like({ type: TypeError, code: 'ERR_CAPTURED', message: /captured/ }),
  )
  assert.equal(await jobs.run((_ctx, n: number) => n * 2, 4), 8)
  assert.equal(await jobs.run(families.fib, 10), 55)
})

const loops = misuses.loops
