import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Machine } from './model.ts'

export function describeMachine(usableCores: number): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() || os.arch(),
    usableCores,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    runtime: runtimeName(),
  }
}

export function runtimeName(): string {
  return `Node ${process.versions.node}, V8 ${process.versions.v8}`
}

export function loadAverage(): number[] {
  return os.loadavg().map((load) => Math.round(load * 100) / 100)
}

/** The commit this code was built from, `-dirty` with local changes; `unknown` outside a repository. */
export function commitName(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}

export interface CpuTicks {
  total: number
  steal: number
}

/** Time a hypervisor withheld is the one disturbance that no process on this side can see in its own load. */
export function readCpuTicks(): CpuTicks | null {
  try {
    return parseCpuTicks(readFileSync('/proc/stat', 'utf8'))
  } catch {
    return null
  }
}

export function parseCpuTicks(stat: string): CpuTicks | null {
  const fields = /^cpu\s+(.*)$/m.exec(stat)?.[1]?.trim().split(/\s+/).map(Number)
  if (fields === undefined || fields.length < 8) return null
  // user nice system idle iowait irq softirq steal; guest time is already in user.
  return {
    total: fields.slice(0, 8).reduce((sum, value) => sum + value, 0),
    steal: fields[7],
  }
}

export function stealBetween(before: CpuTicks | null, after: CpuTicks | null): number | null {
  if (before === null || after === null || after.total <= before.total) return null
  return (after.steal - before.steal) / (after.total - before.total)
}
