/** @type {(i: number, args: import('./nbody.ts').Bodies) => void} */
export default (i, { x, y, mass, vx, vy, nextX, nextY, dt }) => {
  // Reads all places, writes one that nobody reads now.
  let ax = 0
  let ay = 0
  for (let j = 0; j < x.length; j++) {
    const dx = x[j] - x[i]
    const dy = y[j] - y[i]
    const squared = dx * dx + dy * dy + 1e-4
    const pull = mass[j] / (squared * Math.sqrt(squared))
    ax += dx * pull
    ay += dy * pull
  }
  vx[i] += ax * dt
  vy[i] += ay * dt
  nextX[i] = x[i] + vx[i] * dt
  nextY[i] = y[i] + vy[i] * dt
}
