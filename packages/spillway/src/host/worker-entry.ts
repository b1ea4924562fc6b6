/** The file a worker runs when the program gave none of its own. */
import { listenForStart } from './worker-start.ts'

listenForStart()
