/** Drives `core/loop.ts` without threads: participants run inside one another's chunks, so every interleaving is chosen. */
import { open } from '../../src/core/loop.ts'
import type { Runner } from '../../src/core/loop.ts'
import { NORMAL } from '../../src/layout/jobs.ts'
import {
  H_LOOPS_OPEN,
  L_CLAIM,
  L_MODE,
  L_SERIAL,
  L_SHARE,
  L_UNIT_COUNT,
  MODE_GUIDED,
  NO_FAILURE,
  initialise,
  loopAt,
  schedulerBytes,
} from '../../src/layout/layout.ts'

export interface OpenLoop {
  readonly words: Int32Array
  /** Word offset of the loop in slot 0. */
  readonly loop: number
}

export interface LoopSetup {
  readonly workers: number
  readonly units: number
  /** Chunks per claim. */
  readonly claim?: number
  readonly guided?: boolean
}

/** An open loop in memory of its own. */
export function openLoop({ workers, units, claim = 1, guided = false }: LoopSetup): OpenLoop {
  const words = new Int32Array(new SharedArrayBuffer(schedulerBytes(workers)))
  initialise(words, workers)
  const loop = loopAt(0, workers)
  words[loop + L_SERIAL] = 1
  words[loop + L_UNIT_COUNT] = units
  words[loop + L_MODE] = guided ? MODE_GUIDED : 0
  words[loop + L_SHARE] = Math.ceil(units / Math.max(1, workers))
  words[loop + L_CLAIM] = claim
  open(words, loop, H_LOOPS_OPEN, 0, 0, units, workers, NORMAL)
  return { words, loop }
}

/** A runner that hands each chunk to `chunk`. */
export function runnerOf(chunk: (unit: number) => void): Runner {
  return {
    run(first, end) {
      for (let unit = first; unit < end; unit++) chunk(unit)
      return NO_FAILURE
    },
    ran: () => true,
    stole: () => {},
    drained: () => {},
  }
}

export interface Access {
  readonly name: string
  readonly index: number
}

/** Words that `action` changed by atomic operations, in order. Loads and failed exchanges are left out. */
export function atomicWrites(action: () => void): Access[] {
  const writes: Access[] = []
  const real = Object.fromEntries(NAMES.map((name) => [name, Atomics[name]])) as Pick<
    typeof Atomics,
    (typeof NAMES)[number]
  >
  const patched = Atomics as unknown as Record<string, unknown>
  for (const name of NAMES) {
    patched[name] = (words: Int32Array, index: number, value: number, replacement: number) => {
      const before = (real[name] as (...args: unknown[]) => number)(
        words,
        index,
        value,
        replacement,
      )
      if (name !== 'compareExchange' || before === value) writes.push({ name, index })
      return before
    }
  }
  try {
    action()
  } finally {
    Object.assign(patched, real)
  }
  return writes
}
const NAMES = ['add', 'sub', 'and', 'or', 'xor', 'store', 'exchange', 'compareExchange'] as const
