/** What the threads of the virtual machine do: the shipped `serve`, `help` and `participate`, around kernels that only take time. */
import { load, store, wait } from '../../src/core/atomics.ts'
import { announceWait, finish, isDone } from '../../src/core/completion.ts'
import { NONE, push } from '../../src/core/deque.ts'
import {
  WAITS_FOR_REMAINING,
  close,
  hasWork,
  inside,
  open,
  participate,
  remaining,
} from '../../src/core/loop.ts'
import type { Runner } from '../../src/core/loop.ts'
import { wakeOne, wakeThread } from '../../src/core/sleep/park.ts'
import { help, popOwn, serve } from '../../src/core/worker.ts'
import type { JobHooks, ThreadContext, Wait } from '../../src/core/worker.ts'
import {
  J_ARGUMENTS,
  J_COMPLETION,
  LEVELS,
  NORMAL,
  T_CANDIDATE,
  jobAt,
  jobId,
  ownerOf,
  threadAt,
} from '../../src/layout/jobs.ts'
import type { JobArea } from '../../src/layout/jobs.ts'
import {
  AWAKE,
  H_LOOPS_OPEN,
  LOOP_SLOTS,
  L_CLAIM,
  L_KERNEL,
  L_MODE,
  L_REMAINING,
  L_SERIAL,
  L_SHARE,
  L_UNIT_COUNT,
  L_WAITING,
  MODE_MERGE,
  NO_FAILURE,
  W_PARK,
  loopAt,
  workerAt,
} from '../../src/layout/layout.ts'
import { now, pause, work } from '../seam.ts'

/** One loop of a load. */
export interface LoopLoad {
  /** Nanoseconds of each chunk. */
  readonly chunks: readonly number[]
  /** Chunks per claim. */
  readonly claim: number
  /** Nanoseconds that the caller does something else before it. */
  readonly gap: number
}

/** A thread that serves and helps. Its jobs are forks of a tree. */
class VirtualThread implements ThreadContext, JobHooks {
  readonly words: Int32Array
  readonly workers: number
  readonly worker: number
  readonly spinMs: number
  readonly emptied = new Int32Array(LEVELS)
  readonly area: JobArea
  readonly jobs: JobHooks | null
  readonly loops: readonly LoopLoad[]
  readonly leaf: number
  turn = 0
  nested = 0
  refused = false
  /** Own records that are free, and those whose jobs ended in this thread. */
  readonly free: number[] = []
  readonly settled = new Set<number>()

  constructor(
    words: Int32Array,
    area: JobArea,
    worker: number,
    spinMs: number,
    loops: readonly LoopLoad[],
    leaf: number,
  ) {
    this.words = words
    this.area = area
    this.workers = area.workers
    this.worker = worker
    this.spinMs = spinMs
    this.loops = loops
    this.leaf = leaf
    this.jobs = leaf > 0 ? this : null
    for (let index = area.capacity - 1; index >= 0; index--) {
      this.free.push(jobId(area, worker, index))
    }
  }

  now(): number {
    return now()
  }

  pause(): void {
    pause()
  }

  prepare(_slot: number, loop: number): Runner | null {
    return new VirtualRunner(this.loops[this.words[loop + L_KERNEL]!]!.chunks)
  }

  resume(): boolean {
    return false
  }

  resumeYielded(): boolean {
    return false
  }

  hasReady(): boolean {
    return false
  }

  runPrivate(): boolean {
    return false
  }

  hasPrivate(): boolean {
    return false
  }

  readonly accept = (): boolean => true

  run(job: number, stolen: boolean): boolean {
    const { words, area, worker } = this
    const at = jobAt(area, job)
    if (stolen) store(words, threadAt(area, worker) + T_CANDIDATE, 0)
    tree(this, words[at + J_ARGUMENTS]!)
    if (ownerOf(area, job) === worker) {
      this.settled.add(job)
      return true
    }
    const waiter = finish(words, at)
    if (waiter < 0) wakeThread(words, area.workers, -waiter - 1)
    return true
  }
}

class VirtualRunner implements Runner {
  readonly chunks: readonly number[]

  constructor(chunks: readonly number[]) {
    this.chunks = chunks
  }

  run(first: number, end: number): number {
    let nanoseconds = 0
    for (let unit = first; unit < end; unit++) nanoseconds += this.chunks[unit]!
    work(nanoseconds)
    return NO_FAILURE
  }

  ran(): boolean {
    return true
  }

  stole(): void {}

  drained(): void {}
}

class ForkWait implements Wait {
  readonly thread: VirtualThread
  readonly job: number

  constructor(thread: VirtualThread, job: number) {
    this.thread = thread
    this.job = job
  }

  isOver(): boolean {
    const { settled, words, area } = this.thread
    return settled.has(this.job) || isDone(words, jobAt(area, this.job))
  }

  announce(): boolean {
    const { words, area, worker } = this.thread
    return announceWait(words, jobAt(area, this.job), -(worker + 1))
  }
}

/** Forks into two trees of half the size, down to leaves that take their time. */
function tree(thread: VirtualThread, depth: number): void {
  const { words, area, worker } = thread
  const job = depth === 0 ? undefined : thread.free.pop()
  if (job === undefined) {
    work(thread.leaf * 2 ** depth)
    return
  }
  const at = jobAt(area, job)
  words[at + J_COMPLETION] = 0
  words[at + J_ARGUMENTS] = depth - 1
  push(words, threadAt(area, worker), NORMAL, area.capacity, job)
  wakeOne(words, area.workers)
  tree(thread, depth - 1)
  if (takeBack(thread, job)) tree(thread, depth - 1)
  else help(thread, new ForkWait(thread, job))
  thread.settled.delete(job)
  thread.free.push(job)
}

/** True if nobody took the job; then it is out of the deque. Mirrors `jobs/forks.ts`. */
function takeBack(thread: VirtualThread, job: number): boolean {
  while (!thread.settled.has(job)) {
    const found = popOwn(thread, thread.area, NORMAL)
    if (found === NONE) return false
    if (found === job) return true
    thread.run(found, false)
  }
  return false
}

export function workerThread(
  words: Int32Array,
  area: JobArea,
  self: number,
  spinMs: number,
  loops: readonly LoopLoad[],
  leaf: number,
): void {
  serve(new VirtualThread(words, area, self, spinMs, loops, leaf))
}

/** A caller that forks a tree of `depth` and waits for it. */
export function treeCaller(
  words: Int32Array,
  area: JobArea,
  spinMs: number,
  depth: number,
  leaf: number,
): void {
  tree(new VirtualThread(words, area, area.workers, spinMs, [], leaf), depth)
}

/** Sleeps so long before its calls as `loopCaller`: until everybody else sleeps, too. */
export function restedCaller(
  words: Int32Array,
  workers: number,
  spinMs: number,
  loops: readonly LoopLoad[],
  spans: number[],
  restMs: number,
): void {
  wait(words, workerAt(workers, workers) + W_PARK, AWAKE, restMs)
  loopCaller(words, workers, spinMs, loops, spans)
}

/** A caller of sync loops, one after the other. `spans` gets the time that each took, in milliseconds. */
export function loopCaller(
  words: Int32Array,
  workers: number,
  spinMs: number,
  loops: readonly LoopLoad[],
  spans: number[],
): void {
  for (let at = 0; at < loops.length; at++) {
    const next = loops[at]!
    if (next.gap > 0) work(next.gap)
    const began = now()
    callSync(words, workers, spinMs, at, next)
    const ended = now()
    spans.push(ended - began)
  }
}

/** A sync call as `loops/engine.ts` makes it, one that is expected to be worth waking others at once. */
function callSync(
  words: Int32Array,
  workers: number,
  spinMs: number,
  kernel: number,
  { chunks, claim }: LoopLoad,
): void {
  const slot = acquire(words, workers)
  const loop = loopAt(slot, workers)
  const units = chunks.length
  words[loop + L_SERIAL] = kernel + 1
  words[loop + L_KERNEL] = kernel
  words[loop + L_MODE] = MODE_MERGE
  words[loop + L_UNIT_COUNT] = units
  words[loop + L_SHARE] = Math.max(1, Math.ceil(units / (workers + 1)))
  words[loop + L_CLAIM] = claim
  open(words, loop, H_LOOPS_OPEN, slot, 0, units, workers, NORMAL)
  wakeOne(words, workers)
  const runner = new VirtualRunner(chunks)
  participate(words, loop, workers, 0, runner)
  waitBlocking(words, workers, spinMs, loop, runner)
  close(words, loop, H_LOOPS_OPEN, slot)
}

function acquire(words: Int32Array, workers: number): number {
  for (let slot = 0; slot < LOOP_SLOTS; slot++) {
    if (inside(words, loopAt(slot, workers)) === 0) return slot
  }
  throw new Error('no free slot')
}

function waitBlocking(
  words: Int32Array,
  workers: number,
  spinMs: number,
  loop: number,
  runner: Runner,
): void {
  const began = now()
  do {
    for (let look = 0; look < 32; look++) {
      if (remaining(words, loop) === 0) return
      pause()
    }
  } while (now() - began < spinMs)
  store(words, loop + L_WAITING, WAITS_FOR_REMAINING)
  for (;;) {
    if (hasWork(words, loop, workers)) participate(words, loop, workers, 0, runner)
    const left = load(words, loop + L_REMAINING)
    if (left === 0) return
    wait(words, loop + L_REMAINING, left, 50)
  }
}
