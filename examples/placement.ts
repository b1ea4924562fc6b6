// Where workers run: presets, a strategy of your own, and what a system says of it.
// prints: 4 workers, 8 places of a desktop: 0 1 2 3 8 9 10 11
import { JobSystem, presets } from 'spillway'
import { placeWorkers, topologyFromTable } from 'spillway/topology'

const game = await JobSystem.start({ ...presets.gaming, workers: 4 })
const x = game.float64(100_000)
await game.parallelFor(x.length, (i, { out }) => void (out[i] = Math.sqrt(i)), { out: x })

const { placement, pinning } = game.describe()
for (const { worker, on } of placement.places) console.log(`worker ${worker}: ${on}`)
console.log(pinning.summary) // 'pinned 4 of 4', or why not
await game.close()

const data = await JobSystem.start({
  pinning: {
    strategy: 'tiered-spillover',
    pin: 'l3',
    spill: { thresholds: [0.8, 0.9], window: 50 },
  },
})
const { active, load, lastChange } = data.metrics().spill
console.log(
  `${active} of ${data.workers} workers may take work, load ${load}, ${lastChange ?? 'as at first'}`,
)
await data.close()

// A machine you do not have: 16 cores with two threads on two CCDs.
const desktop = topologyFromTable(
  Array.from({ length: 32 }, (_, cpu) => ({
    cpu,
    core: cpu % 16,
    smt: cpu >> 4,
    l3: (cpu % 16) >> 3,
  })),
  { allowed: '0-3,8-11' },
)
const { places } = placeWorkers(desktop, { strategy: 'tiered-spillover' })
const cpus = places.map(({ cpu }) => cpu)
console.log(
  `${placement.places.length} workers, ${cpus.length} places of a desktop: ${cpus.join(' ')}`,
)
