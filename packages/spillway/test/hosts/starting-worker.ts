/** The mistake of a program whose workers load what starts the system. */
import { JobSystem } from 'spillway'
import './scenarios.kernels.ts'

await JobSystem.start({ workers: 1 })
