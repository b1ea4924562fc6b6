// What the task pools' workers run. Named exports, because both pools choose the function of a task by name.

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
