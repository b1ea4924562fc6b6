/** What is asked of the library where the stack is nearly used up is done, or throws; no job is lost and nothing hangs either way. */
import assert from 'node:assert/strict'
import type { JobHandle } from 'spillway'
import {
  ACTIONS,
  ending,
  loopAtTheEnd,
  nearTheEnd,
  sumAtTheEnd,
} from '../hosts/end-of-stack.kernels.ts'
import { soon, withWorkers } from '../support/job-systems.ts'
import { basic } from '../support/jobs.kernels.ts'

const ANY = [0, 1, 2]

for (const [action, name] of Object.keys(ACTIONS).entries()) {
  withWorkers(ANY, `at the end of a job's stack: ${name}`, async (jobs) => {
    const x = jobs.int32(1)
    const args = { x, action }
    const well = await soon(jobs.run(ending.edge, args), 'the job')
    const wellHere = jobs.runSync(ending.edge, args)
    for (const count of [well, wellHere]) assert.ok(count > 0)
    assert.equal(await soon(jobs.run(basic.identity, 1), 'the next job'), 1)
  })
}

withWorkers(ANY, "at the end of the program's stack", async (jobs) => {
  const x = jobs.int32(1)
  const calls = {
    loop: () => jobs.parallelForSync(8, loopAtTheEnd, { x }, { grain: 1 }),
    reduce: () => assert.equal(jobs.parallelReduceSync(8, sumAtTheEnd, { grain: 1 }), 28),
    job: () => jobs.runSync(ending.one, { x }),
    fiber: () => jobs.runSync(ending.fiber, { x }),
  }
  for (const [name, call] of Object.entries(calls)) {
    assert.ok(nearTheEnd(call) > 0, name)
    call()
  }
  const handles: JobHandle<number>[] = []
  const cancelled: JobHandle<number>[] = []
  const loops: Promise<void>[] = []
  const counter = jobs.counter(1000)
  const laterCalls = {
    run: () => void handles.push(jobs.run(basic.identity, 7)),
    cancel: () => {
      cancelled.push(jobs.run(basic.identity, 7))
      cancelled.at(-1)!.cancel()
    },
    loop: () => void loops.push(jobs.parallelFor(8, loopAtTheEnd, { x }, { grain: 1 })),
    alloc: () => jobs.free(jobs.float64(1000)),
    counter: () => void counter.decrement(),
  }
  for (const [name, call] of Object.entries(laterCalls)) {
    assert.ok(nearTheEnd(call) > 0, name)
    call()
    await soon(Promise.all([...handles, Promise.allSettled(cancelled)]), name)
    for (const end of await soon(Promise.allSettled(loops), name)) {
      // There a loop runs in its caller, where the kernel itself may find no room.
      if (end.status === 'rejected') assert.ok(end.reason instanceof RangeError)
    }
  }
  counter.decrement(counter.value)
})
