/**
 * The file a worker runs when the program gave none of its own. It holds the whole worker: each further file of a module graph costs a
 * booting thread a millisecond. A file that the program gave loads it too, when the thread is told to start.
 */
import { runWorker } from '../worker.ts'
import { listenForStart } from './worker-start.ts'

export { runWorker }

listenForStart(async () => ({ runWorker }))
