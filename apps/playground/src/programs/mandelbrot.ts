import mandelbrotRow from './mandelbrot.kernel.js'
import { cutEvenly } from './program.ts'
import type { ArrayMemory, Program, Work } from './program.ts'

export interface Picture {
  /** Steps until a point has left the circle, row by row. */
  steps: Uint16Array
  width: number
  height: number
  limit: number
}

function create(memory: ArrayMemory, height: number): Work {
  const width = height * 1.5
  const limit = height
  const steps = memory.uint16(width * height)
  const picture = { steps, width, height, limit }
  return {
    steps: 1,
    length: height,
    chunk: 1,
    arrays: { steps },
    args: () => ({ ...picture }),
    messageSteps: () => 1,
    // Four parts per worker: rows in the middle cost more than those at the edges.
    messages: (_step, parts) =>
      cutEvenly(height, 4 * parts).map(([start, end]) => ({
        start,
        end,
        reads: [],
        writes: [{ array: 'steps', from: start * width, to: end * width }],
      })),
    result: () => steps,
    check: () => sampledRows(picture),
  }
}

/** Recomputes a few rows here and compares every point. */
function sampledRows({ steps, width, height, limit }: Picture): { ok: boolean; text: string } {
  const again = new Uint16Array(width * height)
  let wrong = 0
  for (let sample = 0; sample < 8; sample++) {
    const y = Math.floor(((sample + 0.5) * height) / 8)
    mandelbrotRow(y, { steps: again, width, height, limit })
    for (let at = y * width; at < (y + 1) * width; at++) if (again[at] !== steps[at]) wrong++
  }
  return wrong === 0
    ? { ok: true, text: `8 rows recomputed serially: all ${8 * width} points equal` }
    : { ok: false, text: `8 rows recomputed serially: ${wrong} of ${8 * width} points differ` }
}

export const mandelbrot: Program = {
  id: 'mandelbrot',
  family: 'mandelbrot',
  title: 'Mandelbrot',
  variant: null,
  summary:
    'One row of a picture per index. Rows cost very different amounts, so work has to move between workers.',
  form: 'each',
  items: 'rows',
  sizes: [
    { name: 'small', value: 200, label: '300 × 200' },
    { name: 'medium', value: 600, label: '900 × 600' },
    { name: 'large', value: 1000, label: '1500 × 1000' },
  ],
  create,
}
