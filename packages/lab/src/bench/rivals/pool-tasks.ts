// What the task pools' workers run. Named exports, because both pools choose the function of a task by name.
import { blockSum } from '../problems/imbalanced-work.ts'
import { nanoseconds } from '../problems/nanoseconds.ts'

export function tinyTask(item: number): number {
  return item * 2 + 1
}

export interface MapTask {
  readonly items: Float64Array
  readonly start: number
  readonly end: number
}

export function mapTask({ items, start, end }: MapTask): void {
  for (let index = start; index < end; index++) items[index] = Math.sqrt(items[index])
}

export function noTask(): void {}

export function blockTask({ block, spread }: { block: number; spread: boolean }): number {
  return blockSum(block, spread)
}

/** When its first instruction ran. */
export function stampTask(): number {
  return nanoseconds()
}
