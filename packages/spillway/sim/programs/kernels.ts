/** What jobs of models do, and the words that tell of it. */

export const LEAF = 0
/** Spawns the job in its thread's record number ARGUMENTS and waits for it. */
export const PARENT = 1
/** Needs something that only an event loop brings: not to be run inside a wait. */
export const NEEDS_EVENT_LOOP = 2
/** The same as PARENT, on top of many others: what other threads offer is left to them. */
export const DEEP_PARENT = 3
/** Opens a loop of ARGUMENTS chunks for others, takes part and waits for what they took. */
export const LOOPER = 4
/** Forks into two of half the size: ARGUMENTS is 16 times the depth plus the first leaf. */
export const FORKER = 5
/** Spawns the job in its thread's record number ARGUMENTS and does not wait for it. */
export const SPAWNER = 6
/** Suspends until the counter at word ARGUMENTS has fallen to 0. */
export const FIBER = 7

/** In the argument of a FORKER. */
export const DEPTH = 16
/** Words for each job: how often it ran, whether it ended in the thread that spawned it, how often its body got to its end. */
export const JOB_DATA = 3
