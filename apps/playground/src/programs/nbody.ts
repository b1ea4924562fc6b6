import { cutEvenly } from './program.ts'
import type { ArrayMemory, Program, Verdict, Work } from './program.ts'
import { random } from './random.ts'

export interface Bodies {
  x: Float64Array
  y: Float64Array
  mass: Float64Array
  vx: Float64Array
  vy: Float64Array
  nextX: Float64Array
  nextY: Float64Array
  dt: number
}

const steps = 60
const dt = 0.004

/** A disc of bodies that turns about its middle, moved so that its momentum is 0. */
function create(memory: ArrayMemory, count: number): Work {
  const mass = memory.float64(count)
  // Places are kept twice: a step reads one pair and writes the other.
  const xs = [memory.float64(count), memory.float64(count)] as const
  const ys = [memory.float64(count), memory.float64(count)] as const
  const vx = memory.float64(count)
  const vy = memory.float64(count)
  fillDisc(count, { x: xs[0], y: ys[0], mass, vx, vy })
  const [x0, x1] = xs
  const [y0, y1] = ys
  return {
    steps,
    length: count,
    chunk: 16,
    arrays: { x0, x1, y0, y1, mass, vx, vy },
    args: (step) => ({
      x: xs[step % 2]!,
      y: ys[step % 2]!,
      mass,
      vx,
      vy,
      nextX: xs[(step + 1) % 2]!,
      nextY: ys[(step + 1) % 2]!,
      dt,
    }),
    messageSteps: () => steps,
    messages: (step, parts) =>
      cutEvenly(count, parts).map(([start, end]) => ({
        start,
        end,
        reads: [
          { array: `x${step % 2}`, from: 0, to: count },
          { array: `y${step % 2}`, from: 0, to: count },
          { array: 'vx', from: start, to: end },
          { array: 'vy', from: start, to: end },
        ],
        writes: [`x${(step + 1) % 2}`, `y${(step + 1) % 2}`, 'vx', 'vy'].map((array) => ({
          array,
          from: start,
          to: end,
        })),
      })),
    result: () => xs[steps % 2]!,
    check: () => keepsMomentum(mass, vx, vy),
  }
}

function fillDisc(
  count: number,
  { x, y, mass, vx, vy }: Omit<Bodies, 'nextX' | 'nextY' | 'dt'>,
): void {
  const next = random(7)
  for (let i = 0; i < count; i++) {
    const radius = 0.08 + 0.36 * Math.sqrt(next())
    const angle = 2 * Math.PI * next()
    x[i] = 0.5 + radius * Math.cos(angle)
    y[i] = 0.5 + radius * Math.sin(angle)
    mass[i] = (0.5 + next()) / count
    const speed = 1.1 * Math.sqrt(radius / 0.4)
    vx[i] = -speed * Math.sin(angle)
    vy[i] = speed * Math.cos(angle)
  }
  for (const v of [vx, vy]) {
    const drift = dot(mass, v) / mass.reduce((sum, one) => sum + one, 0)
    for (let i = 0; i < count; i++) v[i]! -= drift
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function keepsMomentum(mass: Float64Array, vx: Float64Array, vy: Float64Array): Verdict {
  const momentum = Math.hypot(dot(mass, vx), dot(mass, vy))
  return {
    ok: momentum < 1e-9,
    text: `total momentum is ${momentum.toExponential(1)}, and began as 0`,
  }
}

export const nbody: Program = {
  id: 'nbody',
  family: 'nbody',
  title: 'N-body',
  variant: null,
  summary: '60 steps in which every body feels every other: much arithmetic on little data.',
  form: 'each',
  items: 'bodies',
  sizes: [
    { name: 'small', value: 400, label: '400' },
    { name: 'medium', value: 1600, label: '1,600' },
    { name: 'large', value: 4000, label: '4,000' },
  ],
  create,
}
