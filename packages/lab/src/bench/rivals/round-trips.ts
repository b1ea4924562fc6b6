// The least that an awaited answer of another thread costs: entries for whatever is awaited one at a time.
import type { Entry } from '../benchmark.ts'
import { timeBatchesAsync } from '../harness/batch.ts'
import type { BatchPlan } from '../harness/batch.ts'
import { MessagePool } from './post-message.ts'
import { RawPool } from './raw-atomics.ts'

/** The entry that awaited calls are measured against. */
export const FLOOR = 'Atomics.waitAsync, worker spins'

export function roundTrips(plan: BatchPlan): readonly Entry[] {
  return [
    waitAsync(FLOOR, plan, false),
    waitAsync('Atomics.waitAsync, worker parked', plan, true),
    postMessage(plan),
  ]
}

/** One word changed, one word awaited. A spinning worker answers at once; a parked one has to be woken first. */
function waitAsync(name: string, plan: BatchPlan, parked: boolean): Entry {
  const open = async () => {
    const pool = await RawPool.start()
    const sample = async () => {
      if (parked) pool.cold({ notify: true })
      else pool.hot({ notify: true })
      const times = await timeBatchesAsync(plan, (calls) =>
        pool.roundTrips(calls, { wake: parked }),
      )
      pool.cold({ notify: false })
      return times
    }
    return { sample, close: () => pool.close() }
  }
  return { name, role: 'rival', open }
}

function postMessage(plan: BatchPlan): Entry {
  const open = async () => {
    const pool = await MessagePool.start(1)
    const sample = () => timeBatchesAsync(plan, (calls) => pool.roundTrips(calls))
    return { sample, close: () => pool.close() }
  }
  return { name: 'postMessage round trip', role: 'rival', open }
}
