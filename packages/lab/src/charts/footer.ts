import type { Protocol } from '../analyze/model.ts'
import { seed } from '../analyze/seed.ts'
import { plural } from '../report/format.ts'
import type { Simulation } from '../simulate/study.ts'
import type { Drawable } from './chart.ts'

/** Where and when: every picture carries it, since pictures travel without their page. */
export function machineLine({ machine, recipe }: Drawable): string {
  const load = recipe.loadBefore[0]?.toFixed(1) ?? '?'
  return [
    machine.cpu,
    plural(machine.usableCores, 'usable core'),
    recipe.runtime,
    `load ${load}`,
    recipe.date.slice(0, 10),
    `commit ${recipe.commit}`,
  ].join(' · ')
}

/** What the simulated values of a picture rest on. */
export function simulationLine({ costs, seed: order }: Simulation): string {
  return [
    `local ${costs.localRmwCycles}, same CCD ${costs.transferCyclesSameCcd}, across CCDs ${costs.transferCyclesCrossCcd} cycles`,
    `${costs.burst} writes per ownership`,
    `one set of parameters, fitted to the seed`,
    `seed ${order}`,
  ].join(' · ')
}

/** Empty, or why whole calls show less speedup than the cores can give: other processes had a share of them. */
export function busyLine({ rows }: Drawable): string[] {
  const widest = Math.max(...rows.map((row) => row.workers))
  const speedup = (protocol: Protocol): number =>
    rows
      .filter((row) => row.protocol === protocol && row.variant === 'none')
      .filter((row) => row.workers === widest)
      .filter((row) => protocol === 'burst' || row.items === seed.items)
      .reduce((best, row) => Math.max(best, row.speedup ?? 0), 0)
  const [calls, bursts] = [speedup('call'), speedup('burst')]
  if (calls >= noticeable * bursts) return []
  return [
    `A busy machine: calls got ${calls.toFixed(1)} cores' worth of ${plural(widest, 'worker')}, bursts ${bursts.toFixed(1)}.`,
  ]
}

const noticeable = 0.75
