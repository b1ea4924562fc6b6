/** What a thread runs when the program gave no file of its own: all of a worker. Published as one CommonJS file. */
import { runWorker } from '../worker.ts'
import { listenForStart } from './worker-start.ts'

listenForStart(async () => ({ runWorker }), true)
