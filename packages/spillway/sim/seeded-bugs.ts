/** Bugs to seed into the source, one at a time: what the model checker must find. */
import type { Edit } from './weave/source.ts'

export interface SeededBug {
  readonly name: string
  readonly edits: readonly Edit[]
  /** The model that finds it. */
  readonly model: string
}

const RANGE = 'src/core/range.ts'
const LOOP = 'src/core/loop.ts'
const PARK = 'src/core/sleep/park.ts'
const WORKER = 'src/core/worker.ts'
const DEQUE = 'src/core/deque.ts'
const CHAIN = 'src/core/chain.ts'
const COMPLETION = 'src/core/completion.ts'
const COUNTER = 'src/core/counter.ts'
const CANCEL = 'src/core/cancel.ts'
const DETACHED = 'src/core/detached.ts'
const LOST = 'src/core/lost.ts'

function bug(
  name: string,
  model: string,
  ...edits: readonly [string, string, string][]
): SeededBug {
  return { name, model, edits: edits.map(([file, from, to]) => ({ file, from, to })) }
}

const importStore = (file: string, names: string): [string, string, string] => [
  file,
  `import { ${names} } from './atomics.ts'`,
  `import { ${names}, store } from './atomics.ts'`,
]

export const seededBugs: readonly SeededBug[] = [
  bug('take stores the range', 'range, one thief', importStore(RANGE, 'compareAndSet, load'), [
    RANGE,
    'if (compareAndSet(words, index, range, pack(middle, end))) return',
    'store(words, index, pack(middle, end))\n    return',
  ]),
  bug(
    'stealHalf stores the range',
    'range, two thieves',
    importStore(RANGE, 'compareAndSet, load'),
    [
      RANGE,
      'if (compareAndSet(words, index, range, pack(first, middle))) return',
      'store(words, index, pack(first, middle))\n    return',
    ],
  ),
  bug('stealHalf counts from the front', 'range, one thief', [
    RANGE,
    'return pack(middle, end)',
    'return pack(middle - 1, end)',
  ]),
  bug('enter stores the state', 'sync loops, slot reuse', [
    LOOP,
    'if (compareAndSet(words, loop + L_STATE, state, state + 1)) return true',
    'store(words, loop + L_STATE, state + 1)\n    return true',
  ]),
  bug('close leaves the loop open', 'sync loops, slot reuse', [
    LOOP,
    'and(words, loop + L_STATE, ~OPEN)',
    '',
  ]),
  bug('the finisher looks at WAITING before it subtracts', 'async loop, one worker', [
    LOOP,
    'if (sub(words, loop + L_REMAINING, units) !== units) return\n  const waiting = load(words, loop + L_WAITING)',
    'const waiting = load(words, loop + L_WAITING)\n  if (sub(words, loop + L_REMAINING, units) !== units) return',
  ]),
  bug('skipped chunks are not accounted for', 'cancel, one worker', [
    LOOP,
    '} else unaccounted += end - first',
    '}',
  ]),
  bug('failFrom stores the failure', 'failure, one worker', [
    LOOP,
    'if (compareAndSet(words, loop + L_FAILED_UNIT, failed, unit)) return',
    'store(words, loop + L_FAILED_UNIT, unit)\n    return',
  ]),
  bug(
    'a wake-up that came too late for its tier is not passed on',
    'spill, a loop and a busy worker',
    [WORKER, 'if (worker >= takersOf(words) && hasForOthers(context)) wakeOne(words, workers)', ''],
  ),
  bug('no look before parking', 'async loop, one worker', [
    WORKER,
    'if (over || hasAny(context)) {\n    cancelSleep',
    'if (over) {\n    cancelSleep',
  ]),
  bug('no look for STOP before parking', 'async loop, one worker', [
    WORKER,
    'sleepUnless(context, load(words, H_STOP) !== 0)',
    'sleepUnless(context, false)',
  ]),
  bug('cancelSleep takes back what a waker took', 'sleep, one worker', [
    PARK,
    'if (compareAndSet(words, self + W_PARK, PARKED, AWAKE)) sub(words, H_SLEEPERS, 1)\n}',
    'store(words, self + W_PARK, AWAKE)\n  sub(words, H_SLEEPERS, 1)\n}',
  ]),
  bug('a waker stores AWAKE', 'sleep, two publishers', [
    PARK,
    'if (!compareAndSet(words, self + W_PARK, PARKED, AWAKE)) return false',
    'store(words, self + W_PARK, AWAKE)',
  ]),
  bug('notify before the word changes', 'sleep, one worker', [
    PARK,
    'if (!compareAndSet(words, self + W_PARK, PARKED, AWAKE)) return false\n  sub(words, H_SLEEPERS, 1)\n  notify(words, self + W_PARK)',
    'notify(words, self + W_PARK)\n  if (!compareAndSet(words, self + W_PARK, PARKED, AWAKE)) return false\n  sub(words, H_SLEEPERS, 1)',
  ]),
  bug('park waits for whatever is there', 'sleep, one worker', [
    PARK,
    'wait(words, self + W_PARK, PARKED, milliseconds)',
    'wait(words, self + W_PARK, load(words, self + W_PARK), milliseconds)',
  ]),
  bug('park returns from a sleep that ended by itself', 'sleep, spurious', [
    PARK,
    'while (load(words, self + W_PARK) === PARKED) {',
    'if (load(words, self + W_PARK) === PARKED) {',
  ]),
  bug('pop takes the last job without a compare-and-set', 'deque, one thief', [
    DEQUE,
    'if (left === 0 && compareAndSet(words, top, oldest, (oldest + 1) | 0)) {',
    'if (left === 0) {\n    store(words, top, (oldest + 1) | 0)',
  ]),
  bug('pop looks at the top before it claims', 'deque, one thief', [
    DEQUE,
    'store(words, at, bottom)\n  const oldest = load(words, top)',
    'const oldest = load(words, top)\n  store(words, at, bottom)',
  ]),
  bug('steal stores the top', 'deque, one thief', [
    DEQUE,
    'if (compareAndSet(words, top, oldest, (oldest + 1) | 0)) return job',
    'store(words, top, (oldest + 1) | 0)\n  return job',
  ]),
  bug('push shows the entry before it is written', 'deque, one thief', [
    DEQUE,
    'words[cell(thread, level, capacity, bottom)] = job\n  store(words, at, (bottom + 1) | 0)',
    'store(words, at, (bottom + 1) | 0)\n  load(words, at)\n  words[cell(thread, level, capacity, bottom)] = job',
  ]),
  bug('takeAll stores the empty list', 'inbox', importStore(CHAIN, 'compareAndSet, load'), [
    CHAIN,
    'if (first === 0 || compareAndSet(words, head, first, 0)) return first',
    'store(words, head, 0)\n    return first',
  ]),
  bug(
    'announceWait stores the waiter',
    'job, spawned and awaited',
    importStore(COMPLETION, 'compareAndSet, load'),
    [
      COMPLETION,
      'if (known === waiter || compareAndSet(words, job + J_COMPLETION, known, waiter)) return true',
      'store(words, job + J_COMPLETION, waiter)\n    return true',
    ],
  ),
  bug('a waiter does not look at the counter again', 'counter, one waiter', [
    COUNTER,
    'if (isSatisfied(words, area, counter, job)) drain(words, area, counter, resume)',
    '',
  ]),
  bug('who puts waiters back does not look at the counter again', 'counter, two waiters', [
    COUNTER,
    'if (load(words, counter + C_VALUE) === value && load(words, counter + C_EPOCH) === epoch) return',
    'if (load(words, counter + C_EPOCH) === epoch) return',
  ]),
  bug('a wake-up that was not used is not passed on', 'wake-up not used', [
    WORKER,
    'if (woken && hasAny(context)) wakeOne(words, context.workers)',
    '',
  ]),
  bug('who refuses a job keeps the wake-up', 'refused job', [
    WORKER,
    'wakeOne(words, context.workers)\n  announceListening(words, self)',
    'announceListening(words, self)',
  ]),
  bug('who refuses a job is woken for it again', 'refused job', [
    WORKER,
    'if (context.refused) listenUnlessOver(context, wait, left)',
    'if (context.refused && context.turn < 0) listenUnlessOver(context, wait, left)',
  ]),
  bug('what a thief took is taken back, too', 'join, one thief', [
    DEQUE,
    'if (left === 0 && compareAndSet(words, top, oldest, (oldest + 1) | 0)) {',
    'if (left === 0) {\n    store(words, top, (oldest + 1) | 0)',
  ]),
  bug('who helps does not say that it waits', 'nested wait', [
    WORKER,
    'sleepUnless(context, !wait.announce(), left)',
    'sleepUnless(context, wait.isOver(), left)',
  ]),
  bug('the end of a loop does not wake who parks for it', 'nested wait for a loop', [
    LOOP,
    'else if (waiting !== 0) wakeThread(words, workers, waiting - WAITS_PARKED)',
    '',
  ]),
  bug('who only waits looks for the end before it listens', 'wait without help', [
    WORKER,
    'announceListening(words, self)\n  if (!wait.announce() || hasAny(context)) {',
    'const ended = !wait.announce()\n  announceListening(words, self)\n  if (ended || hasAny(context)) {',
  ]),
  bug(
    'spawned detached jobs are counted before ended ones',
    'shutdown, detached jobs',
    [
      DETACHED,
      'open -= load(words, threadAt(area, thread) + T_DETACHED_ENDED)',
      'open += load(words, threadAt(area, thread) + (T_DETACHED))',
    ],
    [
      DETACHED,
      'open += load(words, threadAt(area, thread) + T_DETACHED)',
      'open -= load(words, threadAt(area, thread) + T_DETACHED_ENDED)',
    ],
  ),
  bug('the end of the system wakes all but the last worker', 'shutdown, a job that waits', [
    PARK,
    'for (let thread = 0; thread <= workers; thread++)',
    'for (let thread = 0; thread < workers - 1; thread++)',
  ]),
  bug('who suspends does not look whether it was cancelled', 'cancel, a job that is taken', [
    CANCEL,
    'return load(words, H_CANCELS) !== 0 && hasFlag(words, area, job) ? wake(words, area, job) : 0',
    'return 0',
  ]),
  bug('who cancels does not look for suspended jobs', 'cancel, a job that is taken', [
    CANCEL,
    'return hasFlag(words, area, job) ? wake(words, area, job) : 0',
    'return 0',
  ]),
  bug('a waiter that was cancelled stays in the list', 'cancel, a job that is taken', [
    COUNTER,
    ' || load(words, at + J_WAKE) !== 0',
    '',
  ]),
  bug('a thief names the job when it has it', 'a thief that dies', [
    DEQUE,
    'store(words, thief + T_CANDIDATE, job)\n  if (compareAndSet(words, top, oldest, (oldest + 1) | 0)) return job',
    'if (compareAndSet(words, top, oldest, (oldest + 1) | 0)) {\n    store(words, thief + T_CANDIDATE, job)\n    return job\n  }',
  ]),
  bug('a job that another thread also wanted counts as begun', 'a thief that dies', [
    LOST,
    'return undecided ? UNDECIDED : job',
    'return undecided ? NONE : job',
  ]),
  bug(
    'two who look through a counter take the same list',
    'cancel, against the counter',
    importStore(CHAIN, 'compareAndSet, load'),
    [
      CHAIN,
      'if (first === 0 || compareAndSet(words, head, first, 0)) return first',
      'store(words, head, 0)\n    return first',
    ],
  ),
  bug(
    'a job of the dead is looked for in the deque last',
    'a thief that dies',
    [
      LOST,
      '  const owner = threadAt',
      '  let gone = load(words, jobAt(area, job) + J_STATE) !== QUEUED\n  for (let at = 0; at < area.threads; at++) {\n    if (at !== lost && load(words, threadAt(area, at) + (T_CANDIDATE)) === job) gone = true\n  }\n  const owner = threadAt',
    ],
    [
      LOST,
      'if (other !== lost && load(words, threadAt(area, other) + T_CANDIDATE) === job) undecided = true',
      '',
    ],
    [
      LOST,
      'if (load(words, jobAt(area, job) + J_STATE) !== QUEUED) return NONE',
      'if (gone) return NONE',
    ],
  ),
  bug('abandon leaves the ranges', 'a worker that dies in a loop', [
    LOOP,
    'store(words, participantAt(loop, participant) + P_RANGE, EMPTY)',
    '',
  ]),
  bug('CURRENT says where a worker is when it is there', 'a worker that dies in a loop', [
    WORKER,
    '  store(words, self + W_CURRENT, slot + 1)\n  let prepared = true\n  if (enter(words, loop)) {',
    '  let prepared = true\n  if (enter(words, loop)) {\n    store(words, self + W_CURRENT, slot + 1)',
  ]),
]
