/**
 * A gate that kernels wait at, so that tests can order threads without sleeping: word OPEN lets everybody through once it is 1,
 * ARRIVED counts kernels that have come to the gate, INSIDE those between their first and last line, PASSED those that ended.
 */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'

export const OPEN = 0
export const ARRIVED = 1
export const INSIDE = 2
export const PASSED = 3
export const GATE_WORDS = 4

const DEADLINE_MS = 20_000

export function openGate(gate: Int32Array): void {
  Atomics.store(gate, OPEN, 1)
  Atomics.notify(gate, OPEN)
}

/** For kernels: waits until the gate is open. */
export function passGate(gate: Int32Array): void {
  Atomics.add(gate, INSIDE, 1)
  Atomics.add(gate, ARRIVED, 1)
  if (Atomics.load(gate, OPEN) === 0 && Atomics.wait(gate, OPEN, 0, DEADLINE_MS) === 'timed-out') {
    throw new Error('nobody opened the gate')
  }
  Atomics.add(gate, PASSED, 1)
  Atomics.sub(gate, INSIDE, 1)
}

/** Resolves once `condition` holds. A hang becomes a failure. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + DEADLINE_MS
  while (!condition()) {
    assert.ok(performance.now() < end, `waited in vain for ${what}`)
    await delay(1)
  }
}

export async function arrived(gate: Int32Array, count: number): Promise<void> {
  await until(() => Atomics.load(gate, ARRIVED) >= count, `${count} kernels at the gate`)
}
