/** @type {(i: number, args: import('./particles.ts').Particles) => void} */
export default (i, { x, y, vx, vy, wells, dt }) => {
  // Three wells pull; who hits a wall bounces.
  let ax = 0
  let ay = 0
  for (let well = 0; well < 6; well += 2) {
    const dx = wells[well] - x[i]
    const dy = wells[well + 1] - y[i]
    const squared = dx * dx + dy * dy + 0.002
    const pull = 0.02 / (squared * Math.sqrt(squared))
    ax += dx * pull
    ay += dy * pull
  }
  vx[i] = (vx[i] + ax * dt) * 0.999
  vy[i] = (vy[i] + ay * dt) * 0.999
  x[i] += vx[i] * dt
  y[i] += vy[i] * dt
  if (x[i] < 0 || x[i] > 1) {
    x[i] = Math.min(1, Math.max(0, x[i]))
    vx[i] = -vx[i]
  }
  if (y[i] < 0 || y[i] > 1) {
    y[i] = Math.min(1, Math.max(0, y[i]))
    vy[i] = -vy[i]
  }
}
