/**
 * A machine with as many cores as threads, on virtual time. Each thread has a clock; the one that is furthest behind takes the next
 * step, which takes effect at once and costs what the cost model says. Everything is determined by the programs: no clock of the
 * real machine, no chance.
 */
import { ADD, AND, CAS, LOAD, NOTIFY, NOW, OR, STORE, SUB, WAIT, WORK, isSteps } from '../steps.ts'
import type { Steps } from '../steps.ts'
import type { WovenProgram } from '../weave/program.ts'
import type { CostModel } from './cost.ts'
import { Timeline } from './timeline.ts'

/** Something worth a line in a trace. Times in nanoseconds. */
export interface MachineEvent {
  readonly at: number
  readonly thread: number
  readonly event: 'work' | 'sleep' | 'wake' | 'notify' | 'take' | 'end'
  readonly function: string
  /** Word of the step, -1 for none. */
  readonly word: number
  /** Nanoseconds of work or sleep, threads woken, or the value that a compare-and-set replaced. */
  readonly value: number
}

interface MachineThread {
  readonly body: Steps
  /** The machine runs until it has ended. */
  readonly goal: boolean
  op: number
  index: number
  a: number
  b: number
  site: number
  /** -1 while awake. */
  asleepSince: number
  /** A notify has ended the sleep. */
  woken: boolean
  /** Rises when the thread falls asleep and when it is woken: what the timeline holds from before is void. */
  sleep: number
  ended: boolean
  /** When the kernel that it is in began, -1 outside of kernels that have a model. */
  kernelSince: number
  /** Where its clock stands. */
  time: number
  /** Nanoseconds in kernels, asleep, and in all other steps. */
  work: number
  asleep: number
  overhead: number
}

export interface MachineSetup {
  readonly program: WovenProgram<unknown>
  readonly words: Int32Array
  readonly cost: CostModel
  readonly onEvent?: (event: MachineEvent) => void
}

/** Steps after which a program is taken not to end. */
const MOST_STEPS = 200_000_000

export class Machine {
  readonly threads: MachineThread[] = []
  atomics = 0
  /** Sleepers that a notify woke. */
  wakes = 0
  /** Compare-and-sets that succeeded, by the function they are in. */
  readonly taken = new Map<string, number>()
  readonly words: Int32Array
  readonly #setup: MachineSetup
  readonly #timeline = new Timeline()
  #goals = 0

  constructor(setup: MachineSetup) {
    this.#setup = setup
    this.words = setup.words
    setup.program.attach(setup.words, { read: () => {}, write: () => {} })
  }

  /** Adds a thread. The machine stops when every thread that is a goal has ended. */
  start(run: () => unknown, goal: boolean): void {
    const body = run()
    if (!isSteps(body)) throw new Error('sim: a thread of the machine takes no step')
    if (goal) this.#goals++
    const counts = { time: 0, work: 0, asleep: 0, overhead: 0, sleep: 0 }
    const request = { op: NOW, index: -1, a: 0, b: 0, site: -1 }
    const state = { asleepSince: -1, kernelSince: -1, woken: false, ended: false }
    this.threads.push({ body, goal, ...counts, ...request, ...state })
  }

  /** Runs until the goals have ended, and returns the time of the last. */
  run(): number {
    this.threads.forEach((thread, at) => this.#resume(at, thread, 0))
    for (let step = 0; this.#goals > 0; step++) {
      const next = this.#timeline.pop()
      if (next === null) throw new Error('sim: all threads sleep for ever')
      if (step > MOST_STEPS) throw new Error(`sim: no end after ${MOST_STEPS} steps`)
      const thread = this.threads[next.thread]!
      if (next.sleep === thread.sleep) this.#step(next.thread, thread, next.time)
    }
    return Math.max(...this.threads.map(({ goal, time }) => (goal ? time : 0)))
  }

  #step(at: number, thread: MachineThread, time: number): void {
    thread.time = time
    if (thread.kernelSince >= 0) this.#continueKernel(at, thread)
    else if (thread.op === WORK && this.#setup.cost.kernels !== undefined) {
      thread.kernelSince = time
      this.#setup.cost.kernels.begin(at, thread.a, time, this.#ask)
    } else if (thread.asleepSince >= 0) this.#wake(at, thread)
    else if (thread.op === WAIT && this.#setup.words[thread.index] === thread.a) {
      this.#sleep(at, thread)
    } else {
      const result = this.#perform(at, thread)
      this.#resume(at, thread, result)
    }
  }

  readonly #ask = (thread: number, time: number): void => {
    this.#timeline.push(time, thread, this.threads[thread]!.sleep)
  }

  #continueKernel(at: number, thread: MachineThread): void {
    if (!this.#setup.cost.kernels!.go(at, thread.time, this.#ask)) return
    const took = thread.time - thread.kernelSince
    thread.kernelSince = -1
    thread.work += took
    this.#tell(at, thread, 'work', took)
    this.#resume(at, thread, 0)
  }

  #sleep(at: number, thread: MachineThread): void {
    thread.asleepSince = thread.time
    thread.woken = false
    thread.sleep++
    this.#tell(at, thread, 'sleep', 0)
    if (thread.b < Infinity) this.#timeline.push(thread.time + thread.b * 1e6, at, thread.sleep)
  }

  #wake(at: number, thread: MachineThread): void {
    const slept = thread.time - thread.asleepSince
    thread.asleep += slept
    thread.asleepSince = -1
    this.#tell(at, thread, 'wake', slept)
    this.#resume(at, thread, !thread.woken)
  }

  /** Runs the thread's own code, which takes no time, up to its next step. */
  #resume(at: number, thread: MachineThread, result: number | boolean): void {
    const { done } = thread.body.next(result)
    if (done === true) {
      thread.ended = true
      if (thread.goal) this.#goals--
      this.#tell(at, thread, 'end', 0)
      return
    }
    const { step } = this.#setup.program
    thread.op = step.op
    thread.index = step.index
    thread.a = step.a
    thread.b = step.b
    thread.site = step.site
    this.#timeline.push(thread.time, at, thread.sleep)
  }

  /** Does what the thread asks for, and moves its clock to where that is done. */
  #perform(at: number, thread: MachineThread): number | boolean {
    const { words, cost } = this.#setup
    const { op, index, a, b } = thread
    if (op === WORK) {
      this.#tell(at, thread, 'work', a)
      thread.work += a
      thread.time += a
      return 0
    }
    const price = cost.costOf(at, op, index, thread.time)
    thread.time += price
    thread.overhead += price
    if (op === NOW) return thread.time / 1e6
    if (op > NOTIFY) return 0
    this.atomics++
    if (op === NOTIFY) return this.#notify(at, thread)
    const old = words[index]!
    if (op === LOAD) return old
    if (op === WAIT || (op === CAS && old !== a)) return false
    words[index] = valueAfter(op, old, a, b)
    if (op !== CAS) return old
    const where = this.#setup.program.sites[thread.site]!.function
    this.taken.set(where, (this.taken.get(where) ?? 0) + 1)
    this.#tell(at, thread, 'take', old)
    return true
  }

  #notify(at: number, thread: MachineThread): number {
    let woken = 0
    this.threads.forEach((sleeper, other) => {
      if (sleeper.asleepSince < 0 || sleeper.woken || sleeper.index !== thread.index) return
      woken++
      sleeper.woken = true
      sleeper.sleep++
      const latency = this.#setup.cost.wakeLatency(at, other)
      this.#timeline.push(thread.time + latency, other, sleeper.sleep)
    })
    this.wakes += woken
    this.#tell(at, thread, 'notify', woken)
    return woken
  }

  #tell(at: number, thread: MachineThread, event: MachineEvent['event'], value: number): void {
    const { onEvent, program } = this.#setup
    if (onEvent === undefined) return
    const where = program.sites[thread.site]?.function ?? ''
    onEvent({ at: thread.time, thread: at, event, function: where, word: thread.index, value })
  }
}

function valueAfter(op: number, old: number, a: number, b: number): number {
  if (op === STORE) return a
  if (op === ADD) return old + a
  if (op === SUB) return old - a
  if (op === OR) return old | a
  return op === AND ? old & a : b
}
