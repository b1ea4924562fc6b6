import { each, kernels, reduce } from 'spillway/kernel'

interface Particles {
  x: Float64Array
  v: Float64Array
}

export const { integrate, energy } = kernels(import.meta.url, {
  integrate: each((i, { x, v, dt }: Particles & { dt: number }) => {
    v[i] -= x[i] * dt
    x[i] += v[i] * dt
  }),
  energy: reduce({
    identity: 0,
    fold: (sum, i, { x, v }: Particles) => sum + (x[i] * x[i] + v[i] * v[i]) / 2,
    combine: (left, right) => left + right,
  }),
})
