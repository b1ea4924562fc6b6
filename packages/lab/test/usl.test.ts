import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../src/stats/random.ts'
import { fitAmdahl, fitUsl, karpFlatt, uslThroughput, type ScalingPoint } from '../src/stats/usl.ts'

const counts = [1, 2, 4, 8, 16, 32]

function curve(lambda: number, sigma: number, kappa: number, workers = counts): ScalingPoint[] {
  return workers.map((n) => ({
    workers: n,
    throughput: (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1)),
  }))
}

function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `${what}: ${actual}, expected ${expected} ± ${tolerance}`,
  )
}

test('the parameters of exact curves come back', () => {
  for (const [sigma, kappa] of [
    [0, 0],
    [0.05, 0],
    [0.05, 0.001],
    [0, 0.002],
    [0.3, 0.02],
    [1, 0],
    [1, 0.4],
  ] as const) {
    for (const lambda of [1e-6, 3, 1e8]) {
      const fit = fitUsl(curve(lambda, sigma, kappa))
      assert.ok(fit)
      near(fit.sigma, sigma, 1e-6, 'sigma')
      near(fit.kappa, kappa, 1e-6, 'kappa')
      near(fit.lambda / lambda, 1, 1e-6, 'lambda')
      assert.equal(fit.assumption, null)
    }
  }
})

test('the predicted peak is where the curve peaks', () => {
  const fit = fitUsl(curve(10, 0.04, 0.003))
  assert.ok(fit?.peakWorkers)
  const top = fit.peakWorkers
  near(top, Math.sqrt(0.96 / 0.003), 1e-3, 'peak')
  const around = [0.8, 1, 1.25].map((factor) => uslThroughput(fit, top * factor))
  assert.ok(around[1] > around[0] && around[1] > around[2])
  assert.equal(fitUsl(curve(10, 0.04, 0))?.peakWorkers, null, 'Amdahl never peaks')
  assert.equal(fitUsl(curve(10, 1, 0.5))?.peakWorkers, 1, 'inverse scaling peaks at one worker')
})

test('3 % noise moves the parameters little', () => {
  const random = seededRandom(7)
  const noisy = Array.from({ length: 8 }, () => curve(100, 0.1, 0.004)).flat()
  for (const point of noisy) point.throughput *= 1 + 0.03 * (2 * random() - 1)
  const fit = fitUsl(noisy)
  assert.ok(fit)
  near(fit.sigma, 0.1, 0.02, 'sigma')
  near(fit.kappa, 0.004, 0.001, 'kappa')
  assert.ok(fit.error > 0.005 && fit.error < 0.03)
})

test('faster than linear is clamped, never a negative parameter', () => {
  const fit = fitUsl(counts.map((n) => ({ workers: n, throughput: n ** 1.1 })))
  assert.ok(fit)
  assert.equal(fit.sigma, 0)
  assert.equal(fit.kappa, 0)
  assert.ok(fit.error > 0.01)
})

test('two worker counts: sigma is fitted and the assumption named', () => {
  const fit = fitUsl(curve(5, 0.2, 0, [1, 2]))
  assert.ok(fit)
  near(fit.sigma, 0.2, 1e-9, 'sigma')
  assert.equal(fit.kappa, 0)
  assert.match(fit.assumption ?? '', /kappa = 0 assumed/)
})

test('two worker counts, slower with two: coherency has to carry it', () => {
  const points = [
    { workers: 1, throughput: 50 },
    { workers: 2, throughput: 30 },
  ]
  const fit = fitUsl(points)
  assert.ok(fit)
  assert.equal(fit.sigma, 1)
  near(uslThroughput(fit, 2), 30, 1e-6, 'throughput at 2')
  near(fit.kappa, (100 / 30 - 2) / 2, 1e-9, 'kappa')
  assert.match(fit.assumption ?? '', /sigma = 1 is assumed/)
})

test('two worker counts, faster than linear', () => {
  const fit = fitUsl([
    { workers: 1, throughput: 10 },
    { workers: 2, throughput: 22 },
  ])
  assert.ok(fit)
  assert.deepEqual([fit.sigma, fit.kappa], [0, 0])
  assert.match(fit.assumption ?? '', /faster than linear/)
})

test('one worker count says nothing', () => {
  assert.equal(fitUsl(curve(5, 0.2, 0, [1])), null)
  assert.equal(fitUsl([]), null)
  assert.equal(fitAmdahl(curve(5, 0.2, 0, [4])), null)
})

test('Amdahl and Karp-Flatt find the serial fraction', () => {
  const points = curve(5, 0.12, 0)
  near(fitAmdahl(points)?.sigma ?? Number.NaN, 0.12, 1e-9, 'Amdahl')
  for (const { workers, throughput } of points.slice(1))
    near(karpFlatt(workers, throughput / 5), 0.12, 1e-9, 'Karp-Flatt')
  assert.ok(karpFlatt(2, 0.6) > 1, 'inverse scaling is beyond any serial fraction')
  assert.equal(fitAmdahl(curve(5, 1, 0.3))?.sigma, 1)
})
