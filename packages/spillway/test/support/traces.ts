/** What must hold of any trace. */
import assert from 'node:assert/strict'
import type { JobSystem, Trace, TraceEvent, TraceThread } from 'spillway'

export type EventOf<K extends TraceEvent['kind']> = Extract<TraceEvent, { kind: K }>
type Span = Exclude<TraceEvent, { kind: 'steal' }>

export function eventsOf<K extends TraceEvent['kind']>(
  { events }: TraceThread,
  kind: K,
): EventOf<K>[] {
  return events.filter((event): event is EventOf<K> => event.kind === kind)
}

/** Of all threads. */
export function allOf<K extends TraceEvent['kind']>({ threads }: Trace, kind: K): EventOf<K>[] {
  return threads.flatMap((thread) => eventsOf(thread, kind))
}

export function threadOf({ threads }: Trace, worker: number): TraceThread {
  const found = threads.find((thread) => thread.worker === worker)
  assert.ok(found !== undefined, `no thread of worker ${worker}`)
  return found
}

/** The trace of what `use` does: nothing is lost, and what ran nests. */
export async function traced(jobs: JobSystem, use: () => unknown): Promise<Trace> {
  jobs.clearTrace()
  await use()
  const trace = jobs.trace()
  assert.equal(trace.lost, 0)
  for (const thread of trace.threads) assertNested(thread)
  return trace
}

/** The chunks of a loop, from whatever threads, have each of its indexes once. */
export function assertCovered(trace: Trace, loop: EventOf<'loop'>): void {
  const chunks = allOf(trace, 'chunk').filter((chunk) => chunk.loop === loop.loop)
  let next = loop.from
  for (const { from, to, kernel } of chunks.toSorted((a, b) => a.from - b.from)) {
    assert.equal(from, next, `chunks of ${loop.kernel}: index ${next}`)
    assert.ok(to > from, `a chunk from ${from} to ${to}`)
    assert.equal(kernel, loop.kernel)
    next = to
  }
  assert.equal(next, loop.to, `the last index of ${loop.kernel}`)
}

/** What a thread ran lies one inside the other or apart: chunks, jobs and sleep. Async jobs, and loops that were awaited, may overlap. */
export function assertNested({ name, events }: TraceThread): void {
  const open: Span[] = []
  for (const event of events) {
    if (event.kind === 'steal' || event.kind === 'async' || event.kind === 'loop') continue
    assert.ok(event.end >= event.begin, `${name}: ${text(event)} ends before it begins`)
    while (open.length > 0 && open.at(-1)!.end <= event.begin) open.pop()
    const outer = open.at(-1)
    if (outer !== undefined) {
      assert.ok(event.end <= outer.end, `${name}: ${text(event)} ends after ${text(outer)}`)
      assert.ok(outer.kind === 'job', `${name}: ${text(event)} is inside ${text(outer)}`)
    }
    open.push(event)
  }
}

/** Each job began once, ended once, and went on in the thread that began it as often as it was suspended. */
export function assertJobsWhole(trace: Trace, count: number): void {
  const homes = new Map<number, { readonly home: string; suspended: boolean }>()
  for (const thread of trace.threads) {
    for (const event of eventsOf(thread, 'job')) {
      const known = homes.get(event.job)
      assert.equal(event.resumed, known !== undefined, `job ${event.job} goes on`)
      if (known === undefined) {
        homes.set(event.job, { home: thread.name, suspended: event.suspended })
        continue
      }
      assert.equal(known.home, thread.name, `the home of job ${event.job}`)
      assert.ok(known.suspended, `job ${event.job} had ended`)
      known.suspended = event.suspended
    }
  }
  for (const [job, { suspended }] of homes) assert.ok(!suspended, `job ${job} has not ended`)
  assert.equal(homes.size, count, 'jobs')
}

function text(event: TraceEvent): string {
  return JSON.stringify(event)
}
