/** Placement strategies as order x filter x pin level. */
import { rangeError, show, typeError } from '../errors.ts'
import { parseCpuList } from './cpu-list.ts'

export type Strategy =
  | 'none'
  | 'linear'
  | 'avoid-smt'
  | 'ccd-isolation'
  | 'tiered-spillover'
  | 'compact'
  | 'spread'

/** In which order places are given out. */
export type Order = 'number' | 'kinds' | 'tiers' | 'compact' | 'spread' | 'list'

/** Which cpus have places: all that are allowed, those of one L3 group, or those named. */
export type Filter = 'all' | 'one-group' | 'named'

/** What a worker is bound to: its cpu, or all allowed cpus that share that much with it. `l3` is the group that stands in for a missing L3, too. */
export type PinLevel = 'cpu' | 'core' | 'l2' | 'l3' | 'numa' | 'none'

export interface Recipe {
  readonly order: Order
  readonly filter: Filter
  readonly pin: PinLevel
}

/**
 * - `none`: the system decides.
 * - `linear`: cpus by number; what neighbours in number share depends on the machine.
 * - `avoid-smt`: a thread of every core before any second one, fast kinds first.
 * - `ccd-isolation`: one L3 group, one thread of each core first.
 * - `tiered-spillover`: cores of group 0, of group 1 and so on, then second threads in the same order.
 * - `compact`: as near as possible: all threads of a core, all cores of a group, all groups of a node.
 * - `spread`: as far apart as possible: packages, nodes and groups in turn, second threads last.
 */
export const STRATEGIES: Readonly<Record<Strategy, Recipe>> = {
  none: { order: 'number', filter: 'all', pin: 'none' },
  linear: { order: 'number', filter: 'all', pin: 'cpu' },
  'avoid-smt': { order: 'kinds', filter: 'all', pin: 'core' },
  'ccd-isolation': { order: 'tiers', filter: 'one-group', pin: 'l3' },
  'tiered-spillover': { order: 'tiers', filter: 'all', pin: 'cpu' },
  compact: { order: 'compact', filter: 'all', pin: 'core' },
  spread: { order: 'spread', filter: 'all', pin: 'core' },
}

/** The cpus of each worker in turn: one number, or several to choose from. */
export type CpuPlaces = readonly (number | readonly number[])[]

const LIST: Recipe = { order: 'list', filter: 'named', pin: 'cpu' }

export const PIN_LEVELS: readonly string[] = ['cpu', 'core', 'l2', 'l3', 'numa', 'none']

/** @throws TypeError if `strategy` is neither a name nor a list of cpus, or `pin` is no pin level. */
export function recipeOf(strategy: Strategy | CpuPlaces, pin?: PinLevel): Recipe {
  if (pin !== undefined && !PIN_LEVELS.includes(pin)) {
    throw typeError('ERR_OPTION', `pin must be one of ${PIN_LEVELS.join(', ')}; got ${show(pin)}`)
  }
  const recipe = Array.isArray(strategy)
    ? LIST
    : Object.hasOwn(STRATEGIES, strategy as string)
      ? STRATEGIES[strategy as Strategy]
      : null
  if (recipe === null) {
    throw typeError(
      'ERR_OPTION',
      `strategy must be one of ${Object.keys(STRATEGIES).join(', ')}, or a list of cpus; got ${show(strategy)}`,
    )
  }
  return pin === undefined ? recipe : { ...recipe, pin }
}

/**
 * The strategy that a word of a command line means: a name, or cpus for each worker in turn (`0,2,4-7`).
 *
 * @throws TypeError or RangeError if it is neither.
 */
export function parseStrategy(word: string): Strategy | CpuPlaces {
  if (/^[\d,-]+$/.test(word)) {
    const places = word.split(',').map((part) => parseCpuList(part) ?? [])
    if (places.every((cpus) => cpus.length > 0)) return places.flat()
    throw rangeError(
      'ERR_OPTION',
      `strategy must be a list of cpus like 0,2,4-7; got ${show(word)}`,
    )
  }
  recipeOf(word as Strategy)
  return word as Strategy
}
