import { cutEvenly } from './program.ts'
import type { ArrayMemory, Program, Verdict, Work } from './program.ts'
import { random } from './random.ts'

export interface Plate {
  from: Float64Array
  to: Float64Array
  side: number
  /** Share of a difference that flows in one step. */
  flow: number
}

const steps = 200

function create(memory: ArrayMemory, side: number): Work {
  const plates = [memory.float64(side * side), memory.float64(side * side)] as const
  lightSpots(plates[0], side)
  const before = total(plates[0])
  return {
    steps,
    length: side,
    chunk: 8,
    arrays: { plate0: plates[0], plate1: plates[1] },
    args: (step) => ({
      from: plates[step % 2]!,
      to: plates[(step + 1) % 2]!,
      side,
      flow: 0.24,
    }),
    messageSteps: () => steps,
    messages: (step, parts) =>
      cutEvenly(side, parts).map(([start, end]) => ({
        start,
        end,
        // A row more on either side: neighbours of the first and the last.
        reads: [
          {
            array: `plate${step % 2}`,
            from: Math.max(0, start - 1) * side,
            to: Math.min(side, end + 1) * side,
          },
        ],
        writes: [{ array: `plate${(step + 1) % 2}`, from: start * side, to: end * side }],
      })),
    result: () => plates[steps % 2]!,
    check: () => keepsHeat(before, total(plates[steps % 2]!)),
  }
}

/** Hot discs on a cold plate. */
function lightSpots(plate: Float64Array, side: number): void {
  const next = random(3)
  for (let spot = 0; spot < 14; spot++) {
    const [cx, cy] = [next() * side, next() * side]
    const radius = (0.02 + 0.06 * next()) * side
    const [top, bottom] = [Math.max(0, Math.ceil(cy - radius)), Math.min(side - 1, cy + radius)]
    const [left, right] = [Math.max(0, Math.ceil(cx - radius)), Math.min(side - 1, cx + radius)]
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        if (Math.hypot(x - cx, y - cy) < radius) plate[y * side + x] = 1
      }
    }
  }
}

function total(plate: Float64Array): number {
  let sum = 0
  for (let i = 0; i < plate.length; i++) sum += plate[i]!
  return sum
}

function keepsHeat(before: number, after: number): Verdict {
  const change = Math.abs(after / before - 1)
  return {
    ok: change < 1e-9,
    text: `heat on the plate changed by ${change.toExponential(1)} of ${before.toFixed(0)}`,
  }
}

export const heat: Program = {
  id: 'heat',
  family: 'heat',
  title: 'Heat',
  variant: null,
  summary:
    '200 steps of diffusion, one row per index. Little arithmetic on much data: memory decides how far it scales.',
  form: 'each',
  items: 'rows',
  sizes: [
    { name: 'small', value: 192, label: '192 × 192' },
    { name: 'medium', value: 512, label: '512 × 512' },
    { name: 'large', value: 1024, label: '1024 × 1024' },
  ],
  create,
}
