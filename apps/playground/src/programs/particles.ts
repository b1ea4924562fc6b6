import { cutEvenly } from './program.ts'
import type { ArrayMemory, Program, Verdict, Work } from './program.ts'
import { random } from './random.ts'

export interface Particles {
  /** Places, from 0 to 1. */
  x: Float32Array
  y: Float32Array
  vx: Float32Array
  vy: Float32Array
  /** Their places, x and y in turn. */
  wells: Float64Array
  dt: number
}

const steps = 120
const dt = 0.005

function create(memory: ArrayMemory, count: number): Work {
  const x = memory.float32(count)
  const y = memory.float32(count)
  const vx = memory.float32(count)
  const vy = memory.float32(count)
  const wells = memory.float64(6)
  const next = random(1)
  for (let i = 0; i < count; i++) {
    x[i] = next()
    y[i] = next()
  }
  const names = ['x', 'y', 'vx', 'vy'] as const
  return {
    steps,
    length: count,
    chunk: 1024,
    arrays: { x, y, vx, vy, wells },
    args: (step) => {
      moveWells(wells, step * dt * 4)
      return { x, y, vx, vy, wells, dt }
    },
    messageSteps: () => steps,
    messages: (_step, parts) =>
      cutEvenly(count, parts).map(([start, end]) => {
        const slices = names.map((array) => ({ array, from: start, to: end }))
        return { start, end, reads: slices, writes: slices }
      }),
    result: () => x,
    check: () => insideTheBox(x, y),
  }
}

function moveWells(wells: Float64Array, time: number): void {
  for (let well = 0; well < 3; well++) {
    const angle = time + (well * 2 * Math.PI) / 3
    wells[2 * well] = 0.5 + 0.25 * Math.cos(angle)
    wells[2 * well + 1] = 0.5 + 0.25 * Math.sin(angle)
  }
}

function insideTheBox(x: Float32Array, y: Float32Array): Verdict {
  const inside = (at: number): boolean => at >= 0 && at <= 1
  let lost = 0
  for (let i = 0; i < x.length; i++) if (!inside(x[i]!) || !inside(y[i]!)) lost++
  const all = x.length.toLocaleString('en-US')
  return lost === 0
    ? { ok: true, text: `all ${all} particles are inside the box` }
    : { ok: false, text: `${lost.toLocaleString('en-US')} of ${all} particles have left the box` }
}

export const particles: Program = {
  id: 'particles',
  family: 'particles',
  title: 'Particles',
  variant: null,
  summary:
    '120 short loops, one per step; each index moves one particle. Shows what dispatch costs, and memory.',
  form: 'each',
  items: 'particles',
  sizes: [
    { name: 'small', value: 20_000, label: '20,000' },
    { name: 'medium', value: 200_000, label: '200,000' },
    { name: 'large', value: 1_000_000, label: '1,000,000' },
  ],
  create,
}
