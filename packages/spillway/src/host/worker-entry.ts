/** What a thread runs when the program gave no file of its own: all of a worker. Published as one CommonJS file. */
import { runWorker } from '../worker.ts'
import type { Require } from './node-modules.ts'
import { listenForStart } from './worker-start.ts'

/** Absent where the sources run as modules. */
declare const require: Require | undefined

listenForStart(async () => ({ runWorker }), typeof require === 'function' ? require : null)
