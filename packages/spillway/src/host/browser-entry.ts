/** What a browser's worker runs when the program gave no file of its own: all of a worker, as one module. */
import { markAsWorker } from '../kernels/registry.ts'
import { runWorker } from '../worker.ts'
import { listenForStart } from './worker-start.ts'

listenForStart(async () => ({ runWorker }))
// Nobody else runs this file, and a module that starts a system must be refused before the first message.
markAsWorker()
