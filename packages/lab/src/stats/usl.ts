import { leastSquares } from './least-squares.ts'

// The Universal Scalability Law (Gunther): throughput of N workers is
//
//   X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))
//
// sigma, contention: the share of the work that queues for one thing. kappa, coherency: the cost of every pair of
// workers agreeing on shared data; only kappa > 0 makes more workers slower. kappa = 0 is Amdahl's law, with sigma the
// serial fraction.
//
// N / X(N) = a + b (N - 1) + c N (N - 1) is linear in a = 1/lambda, b = sigma/lambda, c = kappa/lambda, so the fit needs
// no iteration: rows are scaled by X/N, which makes the residual the relative error of the throughput, and the bounds
// 0 <= sigma <= 1, kappa >= 0 are met by trying every face of the feasible region and keeping the best.

export interface ScalingPoint {
  workers: number
  throughput: number
}

export interface UslFit {
  /** Throughput of one worker by the fit, in the unit of the points. */
  lambda: number
  sigma: number
  kappa: number
  /** Where throughput peaks; null when it never falls again (kappa = 0). */
  peakWorkers: number | null
  /** Root mean square of the relative error. */
  error: number
  /** What had to be assumed because too few worker counts were measured; null when nothing. */
  assumption: string | null
}

interface Face {
  columns: (contention: number, coherency: number) => number[]
  read: (solution: number[]) => [a: number, b: number, c: number]
}

const faces = {
  free: { columns: (b, c) => [1, b, c], read: ([a = 0, b = 0, c = 0]) => [a, b, c] },
  noCoherency: { columns: (b) => [1, b], read: ([a = 0, b = 0]) => [a, b, 0] },
  noContention: { columns: (_b, c) => [1, c], read: ([a = 0, c = 0]) => [a, 0, c] },
  linear: { columns: () => [1], read: ([a = 0]) => [a, 0, 0] },
  allSerial: { columns: (b) => [1 + b], read: ([a = 0]) => [a, a, 0] },
  allSerialCoherent: { columns: (b, c) => [1 + b, c], read: ([a = 0, c = 0]) => [a, a, c] },
} satisfies Record<string, Face>

/** Null with fewer than two worker counts: one point says nothing about scaling. */
export function fitUsl(points: readonly ScalingPoint[]): UslFit | null {
  const counts = new Set(points.map((point) => point.workers)).size
  if (counts < 2) return null
  if (counts > 2) return bestOf(Object.values(faces), points, null)
  return (
    fitFace(faces.noCoherency, points, 'two worker counts only: kappa = 0 assumed, sigma fitted') ??
    fitFace(
      faces.allSerialCoherent,
      points,
      'two worker counts only: contention alone never makes two workers slower than one, so sigma = 1 is assumed ' +
        'and kappa is the least that explains the loss',
    ) ??
    fitFace(faces.linear, points, 'two worker counts only, faster than linear: sigma = kappa = 0')
  )
}

/** Amdahl's serial fraction: the same fit with kappa held at 0. */
export function fitAmdahl(points: readonly ScalingPoint[]): UslFit | null {
  if (new Set(points.map((point) => point.workers)).size < 2) return null
  return bestOf([faces.noCoherency, faces.linear, faces.allSerial], points, null)
}

/** Karp-Flatt: the serial fraction one measured speedup implies; above 1 when more workers are slower. */
export function karpFlatt(workers: number, speedup: number): number {
  return (1 / speedup - 1 / workers) / (1 - 1 / workers)
}

export function uslThroughput(fit: UslFit, workers: number): number {
  return (
    (fit.lambda * workers) / (1 + fit.sigma * (workers - 1) + fit.kappa * workers * (workers - 1))
  )
}

function bestOf(
  tried: Face[],
  points: readonly ScalingPoint[],
  assumption: string | null,
): UslFit | null {
  let best: UslFit | null = null
  for (const face of tried) {
    const fit = fitFace(face, points, assumption)
    if (fit !== null && (best === null || fit.error < best.error - 1e-12)) best = fit
  }
  return best
}

function fitFace(
  face: Face,
  points: readonly ScalingPoint[],
  assumption: string | null,
): UslFit | null {
  const rows = points.map(({ workers: n, throughput }) =>
    face.columns(n - 1, n * (n - 1)).map((value) => (value * throughput) / n),
  )
  // Times in units of the first point's keep the pivots near 1, whatever unit the throughput has.
  const [reference] = points
  const unit = reference.workers / reference.throughput
  const solution = leastSquares(
    rows.map((row) => row.map((value) => value * unit)),
    points.map(() => 1),
  )
  if (solution === null) return null
  const [a, b, c] = face.read(solution.map((value) => value * unit))
  const tiny = 1e-12 * a
  if (!(a > 0) || b < -tiny || c < -tiny || b > a + tiny) return null
  const sigma = Math.max(0, b / a)
  const kappa = Math.max(0, c / a)
  const fit = { lambda: 1 / a, sigma, kappa, peakWorkers: peak(sigma, kappa), error: 0, assumption }
  return { ...fit, error: relativeError(fit, points) }
}

function peak(sigma: number, kappa: number): number | null {
  if (kappa <= 1e-9) return null
  return Math.max(1, Math.sqrt(Math.max(0, 1 - sigma) / kappa))
}

function relativeError(fit: UslFit, points: readonly ScalingPoint[]): number {
  const squares = points.map(
    (point) => (uslThroughput(fit, point.workers) / point.throughput - 1) ** 2,
  )
  return Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / squares.length)
}
