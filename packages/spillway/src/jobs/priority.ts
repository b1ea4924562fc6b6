/** Priorities by name and by number. */
import { oneOf } from '../options.ts'

const PRIORITIES: readonly string[] = ['high', 'normal', 'low']

/** The level of a priority. */
export function levelOf(priority: unknown): number {
  return PRIORITIES.indexOf(oneOf('priority', priority, PRIORITIES))
}
