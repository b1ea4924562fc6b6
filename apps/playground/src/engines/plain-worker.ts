import type { FromWorker, ToWorker } from './messages.ts'

/** The page's end of a worker without the library. One question at a time. */
export class PlainWorker {
  readonly #worker = new Worker(new URL('./plain.worker.ts', import.meta.url), { type: 'module' })
  #fail: (reason: unknown) => void = () => {}

  constructor() {
    this.#worker.addEventListener('error', (event) => {
      event.preventDefault()
      this.#fail(new Error(event.message || 'the worker’s script could not be loaded'))
    })
  }

  ask(message: ToWorker, moved: Transferable[] = []): Promise<FromWorker> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      const heard = ({ data }: MessageEvent<FromWorker>): void => {
        if (data.type === 'failed') reject(new Error(data.message))
        else resolve(data)
      }
      this.#worker.addEventListener('message', heard, { once: true })
      this.#worker.postMessage(message, moved)
    })
  }

  /** Ends the thread in whatever it does; a question that waits for its answer is refused. */
  terminate(reason: unknown): void {
    this.#worker.terminate()
    this.#fail(reason)
  }
}
