// The knee of a scaling curve: the smallest worker count after which further workers are not worth having. "Worth"
// is a number: from the knee on, no later point gains a quarter of a worker's speed per worker added. Comparing the
// knee with every later point, not with its neighbour, keeps one disturbed point from inventing a knee.

export interface SpeedupPoint {
  workers: number
  speedup: number
}

export type ScalingShape =
  /** One worker count: nothing to say. */
  | 'single'
  /** Every step was worth its workers. */
  | 'scales'
  /** Gains end at the knee; beyond it the curve is level. */
  | 'plateau'
  /** Gains end at the knee; beyond it more workers are slower than at the peak. */
  | 'retrograde'
  /** More workers are slower than one. */
  | 'inverse'

export interface Knee {
  shape: ScalingShape
  /** Null when no knee was reached within the measured counts. */
  kneeWorkers: number | null
  peakWorkers: number
}

export const worthwhileGain = 0.25
const level = 0.05

export function findKnee(points: readonly SpeedupPoint[]): Knee {
  const sorted = points.toSorted((left, right) => left.workers - right.workers)
  const first = sorted[0]
  const last = sorted.at(-1)
  if (first === undefined || last === undefined) throw new RangeError('findKnee: no points')
  const peak = sorted.reduce((best, point) => (point.speedup > best.speedup ? point : best))
  if (sorted.length === 1) return { shape: 'single', kneeWorkers: null, peakWorkers: peak.workers }

  const at = sorted.findIndex((point, index) =>
    sorted.slice(index + 1).every((later) => gain(point, later) < worthwhileGain),
  )
  const knee = sorted[at]
  if (knee === last) return { shape: 'scales', kneeWorkers: null, peakWorkers: peak.workers }
  const shape = shapeAfter(knee, first, last, peak)
  return { shape, kneeWorkers: knee.workers, peakWorkers: peak.workers }
}

function shapeAfter(
  knee: SpeedupPoint,
  first: SpeedupPoint,
  last: SpeedupPoint,
  peak: SpeedupPoint,
): ScalingShape {
  if (knee === first && last.speedup < first.speedup * (1 - level)) return 'inverse'
  return last.speedup < peak.speedup * (1 - level) ? 'retrograde' : 'plateau'
}

function gain(from: SpeedupPoint, to: SpeedupPoint): number {
  return (to.speedup - from.speedup) / (to.workers - from.workers)
}
