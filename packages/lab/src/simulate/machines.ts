// Machines to simulate: presets, tables, recorded machines, and this one.
import { readFileSync, statSync } from 'node:fs'
import os from 'node:os'
import { readTopology, topologyFromTable } from 'spillway/topology'
import type { CpuRow, Topology } from 'spillway/topology'
import { UsageError } from '../usage-error.ts'
import type { Costs } from './engine.ts'
import { costsAt } from './parameters.ts'

export interface SimulatedMachine {
  readonly name: string
  /** For people. */
  readonly title: string
  readonly topology: Topology
  readonly costs: Costs
}

interface Preset {
  readonly title: string
  readonly groups: number
  readonly coresPerGroup: number
  /** `adjacent`: threads of a core follow one another, as Windows numbers them; `second half`: as Linux does. */
  readonly numbering: 'adjacent' | 'second half'
  readonly clockGhz: number
}

const presets: Readonly<Record<string, Preset>> = {
  'desktop-16': {
    title: "16 cores with SMT on 2 CCDs, 5 GHz, like the seed's machine",
    groups: 2,
    coresPerGroup: 8,
    numbering: 'adjacent',
    clockGhz: 5,
  },
  'desktop-8': {
    title: '8 cores with SMT on 1 CCD, 5 GHz',
    groups: 1,
    coresPerGroup: 8,
    numbering: 'adjacent',
    clockGhz: 5,
  },
  'epyc-7763': {
    title: 'EPYC 7763: 64 cores with SMT on 8 CCDs, 3 GHz',
    groups: 8,
    coresPerGroup: 8,
    numbering: 'second half',
    clockGhz: 3,
  },
  'epyc-9654': {
    title: 'EPYC 9654: 96 cores with SMT on 12 CCDs, 3.5 GHz',
    groups: 12,
    coresPerGroup: 8,
    numbering: 'second half',
    clockGhz: 3.5,
  },
}

export const machineNames: readonly string[] = [...Object.keys(presets), 'here']

/** @throws UsageError if there is no such preset, file or folder, or if what is there is no machine. */
export function findMachine(name: string): SimulatedMachine {
  if (Object.hasOwn(presets, name)) return presetMachine(name, presets[name])
  if (name === 'here') {
    const clock = (os.cpus()[0]?.speed ?? 0) / 1000
    const costs = costsAt(clock > 0 ? clock : 3)
    return { name, title: 'this machine, as detected', topology: readTopology(), costs }
  }
  const isFolder = entryKind(name) === 'folder'
  if (!isFolder) return tableMachine(name)
  const topology = usable(name, () => readTopology({ root: name }))
  return { name, title: `recorded machine ${name}`, topology, costs: costsAt(3) }
}

function presetMachine(name: string, preset: Preset): SimulatedMachine {
  const { title, groups, coresPerGroup, numbering, clockGhz } = preset
  const cores = groups * coresPerGroup
  const rows = Array.from({ length: 2 * cores }, (_, cpu): CpuRow => {
    const core = numbering === 'adjacent' ? cpu >> 1 : cpu % cores
    const smt = numbering === 'adjacent' ? cpu % 2 : Math.floor(cpu / cores)
    return { cpu, core, smt, l3: Math.floor(core / coresPerGroup), numa: 0, package: 0 }
  })
  return { name, title, topology: topologyFromTable(rows), costs: costsAt(clockGhz) }
}

function entryKind(name: string): 'file' | 'folder' {
  try {
    return statSync(name).isDirectory() ? 'folder' : 'file'
  } catch {
    throw new UsageError(
      `--machine must be one of ${machineNames.join(', ')}, a table, or the folder of a recorded machine; there is no ${name}`,
    )
  }
}

/** A JSON file: an array of cpus, or an object with `cpus` (as `spillway topology --json` prints) and perhaps `costs`. */
function tableMachine(name: string): SimulatedMachine {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(name, 'utf8'))
  } catch (error) {
    throw new UsageError(`${name} is no JSON table of cpus: ${(error as Error).message}`)
  }
  const table = Array.isArray(content) ? { cpus: content as unknown } : content
  if (typeof table !== 'object' || table === null || !('cpus' in table)) {
    throw new UsageError(`${name} must be an array of cpus, or an object with cpus`)
  }
  const { cpus, quota, costs } = table as { cpus: CpuRow[]; quota?: number | null; costs?: unknown }
  const topology = usable(name, () => topologyFromTable(cpus, { quota: quota ?? null }))
  return { name, title: `table ${name}`, topology, costs: readCosts(name, costs) }
}

/** What the library refuses in a table is what the command line named. */
function usable<T>(name: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      throw new UsageError(`${name}: ${error.message}`)
    throw error
  }
}

function readCosts(name: string, given: unknown): Costs {
  if (given === undefined) return costsAt(3)
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new UsageError(`${name}: costs must be an object`)
  const { clockGhz } = given as Partial<Costs>
  const base = costsAt(typeof clockGhz === 'number' && clockGhz > 0 ? clockGhz : 3)
  for (const [key, value] of Object.entries(given as Record<string, unknown>)) {
    if (!Object.hasOwn(base, key))
      throw new UsageError(`${name}: unknown cost ${key}; known: ${Object.keys(base).join(', ')}`)
    if (typeof value !== 'number' || !(value > 0 && value < Infinity))
      throw new UsageError(`${name}: costs.${key} must be a number above 0`)
  }
  const costs = { ...base, ...given }
  if (costs.burst < 1) throw new UsageError(`${name}: costs.burst must be at least 1`)
  if (costs.smtYield > 2) throw new UsageError(`${name}: costs.smtYield must be at most 2`)
  if (costs.transferCyclesCrossCcd < costs.transferCyclesSameCcd)
    throw new UsageError(
      `${name}: costs contradict themselves: a transfer across CCDs (${costs.transferCyclesCrossCcd} cycles) cannot take less than one within (${costs.transferCyclesSameCcd})`,
    )
  return costs
}
