/** Jobs that the program orders outside of all jobs: their handles, what they wait for before they begin, and those that wait for a record. */
import { copyArguments } from '../binding/write.ts'
import { TimeoutError, show, typeError } from '../errors.ts'
import { requireRoom } from '../host/room.ts'
import type { Host } from '../host/host.ts'
import type { KernelState } from '../kernels/kernel-table.ts'
import { JOB_BATCH, JOB_REPLY, LEVEL_MASK } from '../layout/jobs.ts'
import { readRunOptions } from './run-options.ts'
import type { RunOptions } from './run-options.ts'
import { checkCount } from './counter.ts'
import { Handle } from './handle.ts'
import { Queue } from './queue.ts'
import { sendAsync } from './spawning.ts'
import type { JobThread } from './thread.ts'

/** What a job is made from, while it waits for others or for a record. */
interface Order {
  readonly handle: Handle
  readonly state: KernelState
  readonly args: unknown
  readonly flags: number
  readonly batch: number
}

export class Orders {
  readonly thread: JobThread
  readonly #host: Host
  /** Tells the event loop that it waits for one job more (1) or less (-1). */
  readonly #await: (change: number) => void
  /** Jobs that were ordered while all records were in use, and which no record stands for yet. */
  #backlog = new Queue<Order>()
  readonly #open = new Set<Handle>()

  constructor(thread: JobThread, host: Host, listen: (change: number) => void) {
    this.thread = thread
    this.#host = host
    this.#await = listen
  }

  run(kernel: unknown, args: unknown, options: RunOptions = {}): Handle {
    const { level, signal, timeout, after } = readRunOptions(options)
    const state = this.thread.stateOfKernel(kernel)
    state.checker.checkJob(args)
    const dependencies = after.map((handle) => this.#dependency(handle))
    if (signal?.aborted === true) return this.#refused(state.name, signal.reason)
    requireRoom('jobs.run')
    const handle = this.#handle(state.name)
    this.#watchEnds(handle, signal, timeout)
    const order = { handle, state, args: copyArguments(args), flags: level | JOB_REPLY, batch: -1 }
    if (dependencies.length === 0) this.#send(order)
    else void this.#sendAfter(order, dependencies)
    return handle
  }

  /** One job per index below `list`, or per element of it. All of them run, and the error of the first that failed is reported. */
  runMany(kernel: unknown, list: unknown, options: RunOptions = {}): Handle {
    const { level, signal, timeout, after } = readRunOptions(options)
    const state = this.thread.stateOfKernel(kernel)
    if (typeof list !== 'number' && !Array.isArray(list)) {
      throw typeError(
        'ERR_ARGUMENT',
        `runMany takes a number of jobs, or an array with the arguments of each; got ${show(list)}`,
      )
    }
    if (typeof list === 'number') {
      checkCount(list)
      state.checker.checkJob(list)
    } else for (const args of list as unknown[]) state.checker.checkJob(args)
    const dependencies = after.map((handle) => this.#dependency(handle))
    if (signal?.aborted === true) return this.#refused(state.name, signal.reason)
    requireRoom('jobs.runMany')
    const handle = this.#handle(state.name)
    this.#watchEnds(handle, signal, timeout)
    const count = typeof list === 'number' ? list : list.length
    const start = (): void => {
      if (count === 0) handle.settle(false, [])
      else if (typeof list === 'number' && state.runnable.flavor !== 'async') {
        this.#send({ handle, state, args: 0, flags: level | JOB_REPLY | JOB_BATCH, batch: count })
      } else {
        const each = typeof list === 'number' ? Array.from({ length: list }, (_, i) => i) : list
        this.#gather(handle, each as unknown[], state, level)
      }
    }
    if (dependencies.length === 0) start()
    else void this.#afterAll(handle, dependencies, start)
    return handle
  }

  /** One job per element; the handle gets their results in order. */
  #gather(handle: Handle, list: readonly unknown[], state: KernelState, level: number): void {
    const members = list.map((args) => {
      const member = this.#handle(state.name)
      this.#send({
        handle: member,
        state,
        args: copyArguments(args),
        flags: level | JOB_REPLY,
        batch: -1,
      })
      return member
    })
    handle.outside!.cancel = (reason) => {
      for (const member of members) member.cancel(reason)
    }
    void Promise.allSettled(members.map((member) => member.promise())).then(() => {
      if (handle.settled) return
      const failed = members.find((member) => member.failed)
      if (failed !== undefined) handle.settle(true, failed.outcome)
      else
        handle.settle(
          false,
          members.map((member) => member.outcome),
        )
    })
  }

  #handle(name: string): Handle {
    const handle = new Handle(this.thread, name, null, 0, null)
    this.#open.add(handle)
    this.#await(1)
    handle.outside = {
      cancel: null,
      stopWatching: null,
      settled: () => {
        this.#open.delete(handle)
        handle.outside!.stopWatching?.()
        this.#await(-1)
        // Nobody asked: as with a promise that nobody handles.
        if (handle.failed && !handle.observed) void handle.promise()
      },
    }
    return handle
  }

  #refused(name: string, reason: unknown): Handle {
    const handle = this.#handle(name)
    handle.settle(true, reason)
    return handle
  }

  #dependency(handle: unknown): Handle {
    if (handle instanceof Handle && handle.thread === this.thread) return handle
    throw typeError(
      'ERR_HANDLE',
      `after takes handles that jobs.run or jobs.runMany of this system returned; got ${show(handle)}`,
    )
  }

  async #sendAfter(order: Order, dependencies: readonly Handle[]): Promise<void> {
    await this.#afterAll(order.handle, dependencies, () => this.#send(order))
  }

  async #afterAll(
    handle: Handle,
    dependencies: readonly Handle[],
    start: () => void,
  ): Promise<void> {
    try {
      await Promise.all(dependencies.map((dependency) => dependency.promise()))
    } catch (error) {
      if (!handle.settled) handle.settle(true, error)
      return
    }
    if (!handle.settled) start()
  }

  #send(order: Order): void {
    if (this.#backlog.length > 0 || !this.#sendNow(order)) this.#backlog.put(order)
  }

  #sendNow({ handle, state, args, flags, batch }: Order): boolean {
    if (handle.settled) return true
    const { records, handles } = this.thread
    let job = records.take()
    if (job === 0) {
      records.collectReturned()
      job = records.take()
    }
    if (job === 0) return false
    try {
      records.write(job, state.id, state.checker.checkJob(args), args, flags, 0)
    } catch (error) {
      // The heap is full: long argument records need room.
      records.give(job)
      handle.settle(true, error)
      return true
    }
    if (batch >= 0) records.writeBatch(job, 0, batch)
    handle.job = job
    handles[records.indexOf(job)] = handle
    if (state.runnable.flavor === 'async') sendAsync(this.thread, job)
    else {
      this.thread.publish(job, flags & LEVEL_MASK)
    }
    return true
  }

  #watchEnds(handle: Handle, signal: AbortSignal | undefined, timeout: number): void {
    if (signal === undefined && timeout === Infinity) return
    const abort = (): void => handle.cancel(signal!.reason)
    signal?.addEventListener('abort', abort, { once: true })
    const stopTimer =
      timeout === Infinity
        ? undefined
        : this.#host.after(timeout, () => handle.cancel(new TimeoutError(timeout, 'job')))
    // Where jobs keep the event loop from turning, the timer is late.
    const removeDeadline = this.thread.deadlines.add(handle, timeout, signal)
    handle.outside!.stopWatching = () => {
      signal?.removeEventListener('abort', abort)
      stopTimer?.()
      removeDeadline()
    }
  }

  /** Sends out what waits for records, as far as they go. */
  flush(): void {
    for (;;) {
      const order = this.#backlog.peek()
      if (order === undefined || !this.#sendNow(order)) return
      this.#backlog.take()
    }
  }

  /** True if jobs wait for records. */
  get waits(): boolean {
    return this.#backlog.length > 0
  }

  cancelAll(reason: unknown): void {
    for (const handle of this.#open) handle.cancel(reason)
  }

  /** Settles everything, because nobody is left that would. */
  abandonAll(reason: unknown): void {
    this.#backlog = new Queue()
    for (const handle of this.#open) if (!handle.settled) handle.settle(true, reason)
  }
}
