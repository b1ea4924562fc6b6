/** Whole loops: opened by a caller, served by workers, ended; then the pool closes. */
import type { Plan } from '../programs/loop.ts'
import type * as program from '../programs/loop.ts'
import { ensure } from '../steps.ts'
import type { Bound, Model } from '../explore/model.ts'
import type { Memory } from '../explore/word-name.ts'
import { MODE_GUIDED, MODE_MERGE } from '../../src/layout/layout.ts'
import { METRICS, checkSleepers } from './sleep.ts'

type Kind = Parameters<typeof program.caller>[2]

interface LoopPlan {
  readonly name: string
  readonly promise: string
  readonly workers: number
  readonly kind: Kind
  /** The pool closes afterwards; else workers must come to rest asleep. */
  readonly closes?: boolean
  /** One past the last worker of each tier; absent: one tier. The clock stands still, so nobody measures: a thread of its own gives the last tier up, at any time. */
  readonly tiers?: readonly number[]
  /** Chunks of the first loop wait for one of the second: whoever waits for a worker that may take is stuck. */
  readonly gate?: boolean
  /** Workers look for the loop once, and never sleep. */
  readonly once?: boolean
  readonly loops: readonly Partial<Omit<Plan, 'data' | 'serial'>>[]
  readonly bound: Bound
}

/**
 * `hasWork` looks at loops that its thread is not inside of, while a caller may be writing the next loop into the slot. What it
 * returns is a hint, late in both directions; whoever follows it enters by compare-and-set, or has announced its sleep before.
 */
const hint = 'only a hint of hasWork, for a worker outside'
export const HINTS = {
  'loop.UNIT_COUNT': hint,
  'loop.MODE': hint,
  'loop.CURSOR': hint,
  'loop.p0.RANGE': hint,
}

const PLAIN = { units: 3, claim: 1, share: 2, mode: MODE_MERGE, fails: -1 }

function loopModel({
  name,
  promise,
  workers,
  kind,
  closes = false,
  tiers,
  gate = false,
  once = false,
  loops,
  bound,
}: LoopPlan): Model<typeof program> {
  const plans = loops.map((plan, at): Omit<Plan, 'data'> => ({
    ...PLAIN,
    serial: at + 1,
    limit: workers,
    ...plan,
  }))
  return {
    name,
    promise,
    program: 'sim/programs/loop.ts',
    constants: { LOOP_SLOTS: 2, OUTBOX_BYTES: 0 },
    workers,
    data: plans.reduce((sum, { units }) => sum + units, gate ? 1 : 0),
    mayRace: HINTS,
    unread: METRICS,
    bound,
    create(threads, memory) {
      const { words } = memory
      let data = memory.data + (gate ? 1 : 0)
      if (tiers !== undefined) setTiers(memory, tiers)
      const placed = plans.map((plan): Plan => {
        data += plan.units
        return { ...plan, data: data - plan.units }
      })
      return {
        threads: [
          { name: 'caller', run: () => threads.caller(words, workers, kind, placed, closes) },
          ...(tiers === undefined
            ? []
            : [{ name: 'shrinker', run: () => threads.shrinker(words, workers, tiers[0]!) }]),
          ...Array.from({ length: workers }, (_, worker) => ({
            name: `worker ${worker}`,
            daemon: !closes,
            run: () =>
              once
                ? threads.joiner(words, workers, worker)
                : threads.workerThread(words, workers, worker, gate ? memory.data : -1),
          })),
        ],
        check: () => checkSleepers(memory),
      }
    },
  }
}

/** All must be awake before the next tier may take part: the threshold that strands most easily. */
function setTiers({ words, layout }: Memory, ends: readonly number[]): void {
  words[layout.H_TIERS] = ends.length
  words[layout.H_TAKERS] = ends[0]!
  words[layout.H_WINDOW_MS] = 1
  for (const [tier, end] of ends.entries()) {
    words[layout.H_TIER_ENDS + tier] = end
    words[layout.H_TIER_THRESHOLDS + tier] = 1000
  }
}

const lowest = 'the lowest failing chunk is reported, and every chunk before it runs'
const stranded = 'nothing is stranded, whenever a tier is given up'
const onceEach = 'each chunk runs exactly once, and before its call settles'

export const loops = [
  loopModel({
    name: 'async loop, one worker',
    promise: `${onceEach}; the caller is woken, and STOP ends the worker`,
    workers: 1,
    kind: 'async',
    closes: true,
    loops: [{ units: 2 }],
    bound: { ci: 4, deep: Infinity },
  }),
  loopModel({
    name: 'sync loop, one worker',
    promise: onceEach,
    workers: 1,
    kind: 'sync',
    loops: [{ units: 4 }],
    bound: { ci: 3, deep: 6 },
  }),
  loopModel({
    name: 'sync loops, slot reuse',
    promise: `${onceEach}, also when a slot is used again while a worker looks at it`,
    workers: 1,
    kind: 'lazy',
    loops: [{ units: 2 }, { units: 2 }, { units: 1 }],
    bound: { ci: 3, deep: 5 },
  }),
  loopModel({
    name: 'guided loop, one worker',
    promise: onceEach,
    workers: 1,
    kind: 'sync',
    loops: [{ units: 3, mode: MODE_MERGE | MODE_GUIDED }],
    bound: { ci: 3, deep: 6 },
  }),
  loopModel({
    name: 'failure, one worker',
    promise: lowest,
    workers: 1,
    kind: 'sync',
    loops: [{ units: 4, mode: 0, fails: 1, claim: 2 }],
    bound: { ci: 3, deep: 5 },
  }),
  loopModel({
    name: 'cancel, one worker',
    promise: 'a cancelled call settles, and no chunk of it runs afterwards',
    workers: 1,
    kind: 'cancelled',
    loops: [{ units: 3, mode: 0 }],
    bound: { ci: 3, deep: 6 },
  }),
  loopModel({
    name: 'two loops in flight',
    promise: onceEach,
    workers: 1,
    kind: 'two',
    loops: [{ units: 1 }, { units: 1 }],
    bound: { ci: 3, deep: 6 },
  }),
  loopModel({
    name: 'async loop, two workers',
    promise: onceEach,
    workers: 2,
    kind: 'async',
    loops: [{ units: 2, share: 1 }],
    bound: { ci: 3, deep: 4 },
  }),
  loopModel({
    name: 'sync loop, two workers',
    promise: onceEach,
    workers: 2,
    kind: 'sync',
    loops: [{ units: 2, share: 1 }],
    bound: { ci: 3, deep: 4 },
  }),
  loopModel({
    name: 'sync loop, three chunks',
    promise: onceEach,
    workers: 2,
    kind: 'sync',
    loops: [{ units: 3, share: 1 }],
    bound: { deep: 3 },
  }),
  loopModel({
    name: 'failure, two workers',
    promise: lowest,
    workers: 2,
    kind: 'sync',
    once: true,
    loops: [{ units: 3, mode: 0, fails: 1, share: 1 }],
    bound: { ci: 3, deep: 5 },
  }),
  loopModel({
    name: 'failure, two workers that sleep',
    promise: lowest,
    workers: 2,
    kind: 'sync',
    loops: [{ units: 4, mode: 0, fails: 1, claim: 2 }],
    bound: { deep: 3 },
  }),
  loopModel({
    name: 'spill, two loops in flight',
    promise: `${stranded}; ${onceEach}`,
    workers: 2,
    tiers: [1, 2],
    gate: true,
    kind: 'two',
    loops: [{ units: 1 }, { units: 1 }],
    bound: { deep: 2 },
  }),
  spillModel(),
  lossModel('a worker that dies in a loop', 1, false, { ci: 3, deep: 6 }),
  lossModel('a worker that dies beside the caller', 1, true, { ci: 3, deep: 6 }),
  lossModel('a worker of two that dies in a loop', 2, false, { deep: 3 }),
]

/** A worker dies; then another loop has its slot. */
function lossModel(
  name: string,
  workers: number,
  takesPart: boolean,
  bound: Bound,
): Model<typeof program> {
  return {
    name,
    promise:
      'the call ends, whichever step was the last; no chunk ran twice, and the next loop in the slot is whole',
    program: 'sim/programs/loop.ts',
    constants: { LOOP_SLOTS: 1, OUTBOX_BYTES: 0 },
    workers,
    data: 4,
    mayRace: HINTS,
    unread: METRICS,
    bound,
    create(threads, memory) {
      const { words, data } = memory
      const plans = [1, 2].map((serial): Plan => ({
        ...PLAIN,
        serial,
        units: 2,
        limit: workers,
        data: data + 2 * (serial - 1),
      }))
      return {
        threads: [
          { name: 'caller', run: () => threads.survivor(words, workers, plans, takesPart, 1) },
          ...Array.from({ length: workers }, (_, worker) => ({
            name: `worker ${worker}`,
            daemon: true,
            run: () => threads.workerThread(words, workers, worker, -1),
          })),
        ],
        check() {
          const ran = [...words.subarray(data, data + 2)]
          ensure(
            ran.every((times) => times <= 1),
            `chunks ran ${ran.join()} times`,
          )
        },
      }
    },
  }
}

/** The first tier's worker is busy with what only the loop can end. */
function spillModel(): Model<typeof program> {
  const workers = 2
  return {
    name: 'spill, a loop and a busy worker',
    promise: stranded,
    program: 'sim/programs/loop.ts',
    constants: { LOOP_SLOTS: 1, OUTBOX_BYTES: 0 },
    workers,
    data: 2,
    mayRace: HINTS,
    unread: METRICS,
    bound: { ci: 3, deep: 5 },
    create(threads, memory) {
      const { words, data: gate } = memory
      setTiers(memory, [1, 2])
      const plan: Plan = { ...PLAIN, serial: 2, units: 1, limit: workers, data: gate + 1 }
      return {
        threads: [
          { name: 'caller', run: () => threads.opener(words, workers, plan) },
          { name: 'shrinker', run: () => threads.shrinker(words, workers, 1) },
          {
            name: 'worker 0',
            daemon: true,
            run: () => threads.busyThread(words, workers, 0, gate),
          },
          {
            name: 'worker 1',
            daemon: true,
            run: () => threads.workerThread(words, workers, 1, gate),
          },
        ],
        check() {
          ensure(words[gate + 1] === 1, `the chunk ran ${words[gate + 1]} times`)
          checkSleepers(memory)
        },
      }
    },
  }
}
