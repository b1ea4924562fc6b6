/** One run of a model: threads that take steps one at a time, in an order that a strategy chooses. */
import {
  ADD,
  AND,
  CAS,
  KILL,
  LOAD,
  NOTIFY,
  NOW,
  OR,
  PAUSE,
  STORE,
  SUB,
  SPURIOUS,
  WAIT,
  WORK,
  isSteps,
} from '../steps.ts'
import type { Steps } from '../steps.ts'
import type { Observer, WovenProgram } from '../weave/program.ts'
import { Clocks } from './clocks.ts'
import type { Race } from './clocks.ts'
import { Footprint } from './footprint.ts'
import type { AnyModel, ThreadSpec } from './model.ts'
import { Histories, Snapshots } from './states.ts'
import type { States } from './states.ts'
import { createMemory, kindOfWord, wordName } from './word-name.ts'
import type { Layout, Memory } from './word-name.ts'

const READY = 0
const SLEEPING = 1
/** Spins, and nobody wrote anything since it last looked. */
const SPINNING = 2
const ENDED = 3

/** A step that was taken, for those who print it. */
export interface TakenStep {
  readonly thread: number
  readonly op: number
  readonly index: number
  readonly a: number
  readonly b: number
  readonly site: number
  readonly result: number | boolean
}

export interface Failure {
  readonly kind: 'violation' | 'race' | 'deadlock' | 'livelock' | 'endless' | 'error'
  readonly message: string
  /** The thread of each step. */
  readonly order: readonly number[]
}

/** Chooses who takes the next step: a thread that `mayRun`, or -1 to give this run up. */
export type Choose = (execution: Execution) => number

export interface ThreadState {
  readonly steps: Steps | null
  readonly spec: ThreadSpec
  state: number
  op: number
  index: number
  a: number
  b: number
  site: number
  /** Where the count of writes stood when this thread last paused; -1 if it has not. */
  pausedAt: number
}

export const MOST_STEPS = 20_000

export class Execution {
  readonly model: AnyModel
  readonly memory: Memory
  readonly words: Int32Array
  states: States
  threads: ThreadState[] = []
  /** The thread that took the last step, -1 at the start. */
  current = -1
  /** The thread of each step so far. */
  order: number[] = []
  spuriousLeft = 0
  steps = 0
  /** Words that need a choice before a step on them are marked here; null: all of them. See `#touch`. */
  sharedWords: Uint8Array | null = null
  /** A word was marked during this run. */
  foundShared = false
  trace: TakenStep[] | null = null
  /** What the last turn of a thread touched, see `footprint.ts`. */
  readonly footprint = new Footprint()
  readonly #program: WovenProgram<unknown>
  readonly #threadCount: number
  readonly #clocks: Clocks
  /** The only thread that has used a word, plus 1; 0 before, -1 if there were several. */
  readonly #toucher: Int16Array
  readonly #written: Uint8Array
  readonly #mayRace: ReadonlySet<string>
  readonly #racing = new Map<number, boolean>()
  #check: () => void = () => {}
  #failure: Failure | null = null
  /** Thread whose own code runs now; -1 outside. */
  #running = -1
  #writes = 0

  constructor(model: AnyModel, program: WovenProgram<unknown>, layout: Layout) {
    this.model = model
    this.memory = createMemory(layout, model.workers, model.jobs ?? 0, model.data)
    this.words = this.memory.words
    const words = this.words.length
    this.#program = program
    this.#threadCount = this.#createThreads().length
    this.#clocks = new Clocks(words, this.#threadCount)
    this.states = this.snapshots()
    this.#toucher = new Int16Array(words)
    this.#written = new Uint8Array(words)
    this.#mayRace = new Set(Object.keys(model.mayRace ?? {}))
  }

  /** Runs from the start. Null if all went well; the run also ends, without a failure, when `choose` gives it up. */
  run(choose: Choose): Failure | null {
    this.#reset()
    while (this.#failure === null) {
      if (!this.#anyReady()) {
        this.#atRest()
        break
      }
      const thread = choose(this)
      if (thread < 0) break
      this.#advance(thread)
    }
    return this.#failure
  }

  /** Tells states apart by what is: few of them, but races may stay unseen. */
  snapshots(): States {
    const names = new Set(this.model.unread ?? [])
    const unread = Uint8Array.from(this.words, (_, index) =>
      names.size > 0 && names.has(kindOfWord(this.nameOf(index))) ? 1 : 0,
    )
    return new Snapshots(this.#threadCount, unread)
  }

  /** Tells states apart by how they came to be: more of them, and every race shows. */
  histories(): States {
    return new Histories(this.words.length, this.#threadCount)
  }

  /** Whether this thread can take a step: it is ready, or asleep and may wake by itself. */
  mayRun(thread: number): boolean {
    const { state } = this.threads[thread]!
    return state === READY || (state === SLEEPING && this.spuriousLeft > 0)
  }

  /** A number for what `states` does not tell: who is asleep, and who has seen nothing new since it paused. */
  get situation(): number {
    let bits = this.spuriousLeft
    for (const { state, pausedAt } of this.threads) {
      bits = bits * 8 + state * 2 + (pausedAt === this.#writes ? 1 : 0)
    }
    return bits
  }

  isReady(thread: number): boolean {
    return this.threads[thread]!.state === READY
  }

  #reset(): void {
    const watch: Observer = {
      read: (index) => this.#observe(index, false, 0),
      write: (index, old) => this.#observe(index, true, old),
    }
    this.#running = -1
    this.words.fill(0)
    this.#clocks.reset()
    this.states.reset()
    this.threads = this.#createThreads()
    this.#program.attach(this.words, watch)
    this.current = -1
    this.order = []
    this.steps = 0
    this.foundShared = false
    this.spuriousLeft = this.model.spurious ?? 0
    this.#failure = null
    this.#writes = 0
    if (this.trace !== null) this.trace = []
    // Up to its first step a thread meets nobody.
    this.threads.forEach((thread, at) => {
      this.#program.begin()
      this.#resume(at, thread, 0)
    })
  }

  #createThreads(): ThreadState[] {
    this.#program.attach(this.words, { read: () => {}, write: () => {} })
    this.memory.layout.initialise(this.words, this.model.workers)
    const { threads, check } = this.model.create(this.#program.exports, this.memory)
    this.#check = check
    return threads.map((spec) => {
      const result = spec.run()
      return {
        steps: isSteps(result) ? result : null,
        spec,
        state: isSteps(result) ? READY : ENDED,
        op: NOW,
        index: -1,
        a: 0,
        b: 0,
        site: -1,
        pausedAt: -1,
      }
    })
  }

  #anyReady(): boolean {
    for (const { state } of this.threads) if (state === READY) return true
    return false
  }

  /** Nobody can go on: all well, or a wake-up was lost. */
  #atRest(): void {
    const stuck = this.threads.filter(
      ({ state, spec }) => state === SPINNING || (state === SLEEPING && spec.daemon !== true),
    )
    if (stuck.length > 0) {
      const spins = stuck.some(({ state }) => state === SPINNING)
      const who = stuck.map((thread) => {
        const verb = thread.state === SPINNING ? 'spins' : `sleeps on ${this.nameOf(thread.index)}`
        return `${thread.spec.name} ${verb}`
      })
      this.#fail(spins ? 'livelock' : 'deadlock', `${who.join(', ')}, and nobody is left to end it`)
      return
    }
    try {
      this.#check()
    } catch (error) {
      this.#thrown(error)
    }
  }

  nameOf(index: number): string {
    return wordName(this.memory, index)
  }

  /** Takes the step that `thread` asks for, and those after it that concern nobody else. */
  #advance(thread: number): void {
    const self = this.threads[thread]!
    this.current = thread
    this.footprint.clear()
    if (self.state === SLEEPING) {
      this.footprint.add(self.index, true)
      this.spuriousLeft--
      self.op = SPURIOUS
      self.state = READY
    }
    do {
      if (this.steps++ >= MOST_STEPS)
        return this.#fail('endless', `no end after ${MOST_STEPS} steps`)
      this.order.push(thread)
      const result = this.#perform(thread, self)
      if (this.trace !== null) this.#record(thread, self, result)
      if (self.state === READY) this.#resume(thread, self, result)
    } while (this.#failure === null && self.state === READY && this.#isPrivate(self))
  }

  #isPrivate({ op, index }: ThreadState): boolean {
    if (this.sharedWords === null) return false
    if (op === NOW || op === WORK) return true
    return op <= CAS && this.sharedWords[index] === 0
  }

  #record(thread: number, { op, index, a, b, site }: ThreadState, result: number | boolean): void {
    const shown = op === WAIT ? this.threads[thread]!.state === SLEEPING : result
    this.trace!.push({ thread, op, index, a, b, site, result: shown })
  }

  /** Runs the thread's own code until it asks for its next step. */
  #resume(thread: number, self: ThreadState, result: number | boolean): void {
    if (self.steps === null) return
    const before = this.#running
    this.#running = thread
    try {
      const { done } = self.steps.next(result)
      if (done === true) self.state = ENDED
      else {
        const { step } = this.#program
        self.op = step.op
        self.index = step.index
        self.a = step.a
        self.b = step.b
        self.site = step.site
        this.states.stand(thread, step)
      }
    } catch (error) {
      this.#thrown(error)
    }
    this.#running = before
  }

  #thrown(error: unknown): void {
    // Programs carry a class of their own.
    if ((error as Error | undefined)?.name === 'Violation') {
      this.#fail('violation', (error as Error).message)
    } else
      this.#fail('error', error instanceof Error ? (error.stack ?? error.message) : String(error))
  }

  #fail(kind: Failure['kind'], message: string): void {
    this.#failure ??= { kind, message, order: this.order.slice() }
  }

  #perform(thread: number, self: ThreadState): number | boolean {
    const { op, index, a, b } = self
    if (op > NOTIFY) return this.#performTime(thread, self)
    if (index < 0 || index >= this.words.length) {
      this.#fail('error', `${self.spec.name} touches word ${index}, outside of memory`)
      return 0
    }
    this.#touch(thread, index, op >= STORE && op <= CAS)
    this.#leavePrint(index, op !== LOAD)
    const { words } = this
    const old = words[index]!
    if (op === NOTIFY) return this.#notify(thread, index)
    if (op === LOAD || (op === CAS && old !== a)) {
      this.#race(this.#clocks.atomicRead(thread, index))
      this.states.read(thread, index)
      return op === LOAD ? old : false
    }
    if (op === WAIT) {
      this.#race(this.#clocks.atomicRead(thread, index))
      this.states.read(thread, index)
      if (old === a) self.state = SLEEPING
      return false
    }
    this.#race(this.#clocks.atomicWrite(thread, index, op !== STORE))
    if (op !== STORE) this.states.read(thread, index)
    words[index] = valueAfter(op, old, a, b)
    this.#wrote(thread, index, old)
    return op === CAS ? true : old
  }

  #performTime(thread: number, self: ThreadState): number {
    if (self.op === PAUSE) {
      const unchanged = self.pausedAt === this.#writes
      this.footprint.pauses = true
      self.pausedAt = this.#writes
      this.states.mark(thread, PAUSE)
      if (unchanged) self.state = SPINNING
    } else if (self.op === SPURIOUS) this.states.mark(thread, SPURIOUS)
    else if (self.op === KILL) this.#kill(thread, self.a)
    return 0
  }

  #kill(thread: number, victim: number): void {
    const dead = this.threads[victim]!
    dead.state = ENDED
    this.footprint.kills = true
    this.#clocks.join(thread, victim)
    this.states.mark(victim, KILL)
    this.states.mark(thread, KILL)
  }

  #wrote(thread: number, index: number, old: number): void {
    this.states.write(thread, index, old, this.words[index]!)
    this.#writes++
    for (let other = 0; other < this.threads.length; other++) {
      const state = this.threads[other]!
      // Its own writes are no news to a thread that spins.
      if (other === thread) {
        if (state.pausedAt === this.#writes - 1) state.pausedAt = this.#writes
      } else if (state.state === SPINNING) {
        state.state = READY
        this.#resume(other, state, 0)
      }
    }
  }

  #notify(thread: number, index: number): number {
    let woken = 0
    this.states.mark(thread, NOTIFY)
    for (let other = 0; other < this.threads.length; other++) {
      const sleeper = this.threads[other]!
      if (sleeper.state !== SLEEPING || sleeper.index !== index) continue
      woken++
      sleeper.state = READY
      this.states.mark(other, NOTIFY)
      this.#resume(other, sleeper, false)
    }
    return woken
  }

  #observe(index: number, isWrite: boolean, old: number): void {
    const thread = this.#running
    if (thread < 0) return
    this.#touch(thread, index, isWrite && this.#inRace(index))
    this.#leavePrint(index, isWrite)
    this.#race(
      isWrite ? this.#clocks.plainWrite(thread, index) : this.#clocks.plainRead(thread, index),
    )
    if (isWrite) this.states.write(thread, index, old, this.words[index]!)
    else this.states.read(thread, index)
  }

  /** Learns which words take a choice: those that several threads use, and somebody changes other than in agreed order. */
  #touch(thread: number, index: number, isWrite: boolean): void {
    const shared = this.sharedWords
    if (shared === null || shared[index] === 1) return
    const before = this.#toucher[index]!
    if (before === thread + 1 && !isWrite) return
    if (isWrite) this.#written[index] = 1
    if (before === 0) this.#toucher[index] = thread + 1
    else if (before > 0 && before !== thread + 1) {
      this.#toucher[index] = -1
      // Footprints so far left this word out.
      this.foundShared = true
    }
    if (this.#toucher[index] === -1 && this.#written[index] === 1) {
      shared[index] = 1
      this.foundShared = true
    }
  }

  /** Only words that several threads use can make turns meet. */
  #leavePrint(index: number, isWrite: boolean): void {
    if (this.#toucher[index] === -1) this.footprint.add(index, isWrite)
  }

  /** Whether plain accesses to the word may race. */
  #inRace(index: number): boolean {
    if (this.#mayRace.size === 0) return false
    let known = this.#racing.get(index)
    if (known === undefined) {
      known = this.#mayRace.has(kindOfWord(this.nameOf(index)))
      this.#racing.set(index, known)
    }
    return known
  }

  #race(race: Race | null): void {
    if (race === null) return
    if (this.#inRace(race.index)) return
    const name = this.nameOf(race.index)
    const [first, second] = [race.otherThread, race.thread].map((at) => this.threads[at]!.spec.name)
    this.#fail(
      'race',
      `${race.access} of ${name} by ${second} is not ordered after the ${race.otherAccess} by ${first}`,
    )
  }
}

function valueAfter(op: number, old: number, a: number, b: number): number {
  switch (op) {
    case STORE:
      return a
    case ADD:
      return old + a
    case SUB:
      return old - a
    case OR:
      return old | a
    case AND:
      return old & a
    default:
      return b
  }
}
