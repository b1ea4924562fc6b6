/**
 * Kernels that write to lines others want, at the grain of ownerships. A thread asks for its line when the first item of its next burst
 * is computed; when the line is free, one of those that wait gets it, at random. Once it is there, the writes of the burst follow one
 * another: the items between them are arithmetic in registers, which runs ahead while the core waits for the line.
 */
import type { AskAt, KernelModel } from '../machine/cost.ts'
import { cyclesOf } from './costs.ts'
import type { Costs } from './costs.ts'
import type { Far, Lines } from './lines.ts'
import type { Writes } from './variant.ts'

/** Writes that a thread makes between two looks whether somebody else has come. */
const ALONE = 64

/** Part of an amount that stands for a chunk. A range has at most 4096 of them, so they never add up to an item. */
const CHUNK = 2 ** -16

/** What the scheduler passes to a kernel for a chunk: amounts of chunks that are claimed together are added up. */
export function amountOf(items: number): number {
  return items + CHUNK
}

export interface KernelSetup {
  readonly writes: Writes
  readonly costs: Costs
  readonly lines: Lines
  readonly far: Far
  /** Core and slowdown of each thread. */
  readonly cores: readonly number[]
  readonly slowdowns: readonly number[]
  /** Items of the calls before the one that counts: once so many have begun, counting begins anew. 0 for none. */
  readonly warmItems: number
  readonly random: () => number
}

interface Body {
  line: number
  /** Writes left, and nanoseconds of work before each. */
  left: number
  workNs: number
  /** Writes of the ownership it has, and what of a burst was left over by rounding. */
  burst: number
  carry: number
  askedAt: number
  holds: boolean
}

interface Queue {
  held: boolean
  users: number
  readonly waiting: number[]
}

export class Kernels implements KernelModel {
  /** Nanoseconds that threads waited for lines which others had or got before them. */
  waited = 0
  /** Lines of slots that were written, in the order in which chunks ended. */
  readonly slots: number[] = []
  /** Slots given out; no call gets those of an earlier one. */
  #slot = 0
  chunks = 0
  #begun = 0
  readonly #setup: KernelSetup
  readonly #bodies: Body[] = []
  readonly #queues = new Map<number, Queue>()

  constructor(setup: KernelSetup) {
    this.#setup = setup
  }

  begin(thread: number, amount: number, time: number, at: AskAt): void {
    const { writes, costs, slowdowns } = this.#setup
    const itemNs = costs.workNs * slowdowns[thread]!
    const items = Math.floor(amount)
    const chunks = (amount - items) / CHUNK
    this.#count(items, chunks)
    const left = writes.per === 'item' ? items : writes.per === 'chunk' ? chunks : 0
    const line = left === 0 ? -1 : writes.line(thread, this.#slot++)
    const workNs = left === 0 ? items * itemNs : (items / left) * itemNs
    const { carry } = this.#bodies[thread] ?? { carry: 0 }
    const body: Body = {
      line,
      left,
      workNs,
      burst: 0,
      carry,
      askedAt: time,
      holds: false,
    }
    this.#bodies[thread] = body
    if (line >= 0) this.#queueOf(line).users++
    at(thread, time + workNs)
  }

  go(thread: number, time: number, at: AskAt): boolean {
    const body = this.#bodies[thread]!
    if (body.line < 0) return true
    const queue = this.#queueOf(body.line)
    if (!body.holds) {
      body.askedAt = time
      if (queue.held) queue.waiting.push(thread)
      else this.#grant(thread, queue, time, at)
      return false
    }
    body.holds = false
    body.left -= body.burst
    queue.held = false
    this.#handOn(queue, time, at)
    return this.#next(thread, body, queue, time, at)
  }

  #count(items: number, chunks: number): void {
    if (this.#begun === this.#setup.warmItems) {
      this.chunks = 0
      this.waited = 0
      this.slots.length = 0
      this.#setup.lines.recount()
    }
    this.#begun += items
    this.chunks += chunks
  }

  #next(thread: number, body: Body, queue: Queue, time: number, at: AskAt): boolean {
    const { writes } = this.#setup
    if (writes.combines) this.slots.push(body.line)
    if (body.left === 0) {
      queue.users--
      return true
    }
    if (writes.combines) {
      queue.users--
      body.line = writes.line(thread, this.#slot++)
      this.#queueOf(body.line).users++
    }
    at(thread, time + body.workNs)
    return false
  }

  #handOn(queue: Queue, time: number, at: AskAt): void {
    const { waiting } = queue
    if (waiting.length === 0) return
    const chosen = Math.floor(this.#setup.random() * waiting.length)
    const thread = waiting[chosen]!
    const last = waiting.pop()!
    if (chosen < waiting.length) waiting[chosen] = last
    this.waited += time - this.#bodies[thread]!.askedAt
    this.#grant(thread, queue, time, at)
  }

  #grant(thread: number, queue: Queue, time: number, at: AskAt): void {
    const { costs, lines, far, cores } = this.#setup
    const body = this.#bodies[thread]!
    const core = cores[thread]!
    const cycles = cyclesOf(lines.write(body.line, core), core, far, costs) - costs.localRmwCycles
    body.burst = this.#burst(body, queue)
    lines.again(body.burst - 1)
    const writeNs = (body.burst * costs.localRmwCycles) / costs.clockGhz
    const arrived = time + cycles / costs.clockGhz
    const computed = body.askedAt + (body.burst - 1) * body.workNs
    queue.held = true
    body.holds = true
    at(thread, Math.max(arrived, computed) + writeNs)
  }

  /** Whole writes; fractions are carried over, so that the mean is right without chance. */
  #burst(body: Body, queue: Queue): number {
    const { writes, costs } = this.#setup
    if (writes.per === 'chunk') return 1
    if (queue.users === 1) return Math.min(body.left, ALONE)
    const due = body.carry + costs.burst
    const whole = Math.floor(due)
    body.carry = due - whole
    return Math.min(body.left, whole)
  }

  #queueOf(line: number): Queue {
    const known = this.#queues.get(line)
    if (known !== undefined) return known
    const fresh: Queue = { held: false, users: 0, waiting: [] }
    this.#queues.set(line, fresh)
    return fresh
  }
}
