/** `spillway/topology`: what a machine looks like, and where workers go on it. */
import { detectMachine } from './host/machine.ts'
import { readMachine } from './topology/detect.ts'
import type { ReadOptions } from './topology/detect.ts'
import type { Topology } from './topology/model.ts'

/**
 * Reads this machine, or the Linux machine recorded below `root`. Blocks: about 0.4 ms for each cpu. Never throws for what a machine
 * says about itself; `notes` tell what was missing or contradicted itself.
 *
 * @throws TypeError if root is no string, RangeError if no machine is recorded there.
 */
export function readTopology(options: ReadOptions = {}): Topology {
  return readMachine(detectMachine(), options)
}

export { topologyFromTable } from './topology/check.ts'
export type { CpuRow, TableFacts } from './topology/check.ts'
export { formatCpuList, parseCpuList } from './topology/cpu-list.ts'
export type { ReadOptions } from './topology/detect.ts'
export { allowedCpus, groupsOf, usableCores } from './topology/model.ts'
export type { Cpu, GroupColumn, NodeDistances, Topology } from './topology/model.ts'
export { distanceOn, stealOrders, wakeOrders } from './topology/neighbours.ts'
export type { Distance } from './topology/neighbours.ts'
export type { PinStatus } from './topology/pinner.ts'
export { placeWorkers } from './topology/place.ts'
export type { Place, PlaceOptions, Placement } from './topology/place.ts'
export { sharedGroups } from './topology/spots.ts'
export { summariseMachine } from './topology/summary.ts'
export { STRATEGIES, parseStrategy } from './topology/strategies.ts'
export type { CpuPlaces, Filter, Order, PinLevel, Recipe, Strategy } from './topology/strategies.ts'
