/** One long thing at a time, with its progress and a way to end it. */
import { element } from '../shell/element.ts'

export interface Progress {
  (done: number, all: number, text: string): void
}

export class Activity {
  readonly #bar = element('activity', HTMLElement)
  readonly #name = element('activity-name', HTMLElement)
  readonly #detail = element('activity-detail', HTMLElement)
  readonly #progress = element('activity-progress', HTMLProgressElement)
  #controller: AbortController | null = null

  constructor() {
    element('cancel', HTMLButtonElement).addEventListener('click', () => this.cancel())
    document.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') this.cancel()
    })
  }

  get isBusy(): boolean {
    return this.#controller !== null
  }

  cancel(): void {
    this.#controller?.abort(new DOMException('cancelled', 'AbortError'))
  }

  /** Does nothing while something else runs. What `body` rejects with goes to `failed`, unless it was cancelled. */
  async run(
    name: string,
    body: (signal: AbortSignal, progress: Progress) => Promise<void>,
    failed: (error: unknown) => void,
  ): Promise<void> {
    if (this.isBusy) return
    const controller = new AbortController()
    const began = document.activeElement
    this.#controller = controller
    this.#begin(name)
    try {
      await body(controller.signal, (done, all, text) => this.#show(done, all, text))
    } catch (error) {
      if (!controller.signal.aborted) failed(error)
    } finally {
      this.#controller = null
      this.#end(began)
    }
  }

  #begin(name: string): void {
    document.body.dataset['busy'] = name
    this.#name.textContent = name
    this.#detail.textContent = ''
    this.#progress.removeAttribute('value')
    this.#bar.hidden = false
    setEnabled(false)
  }

  #show(done: number, all: number, text: string): void {
    this.#progress.max = all
    this.#progress.value = done
    this.#detail.textContent = text
  }

  /** Keyboard users go on where they were: the button that they pressed was disabled meanwhile, or is gone now. */
  #end(began: Element | null): void {
    delete document.body.dataset['busy']
    const isLost =
      document.activeElement === document.body || this.#bar.contains(document.activeElement)
    this.#bar.hidden = true
    setEnabled(true)
    if (isLost && began instanceof HTMLElement) began.focus({ preventScroll: true })
  }
}

/** Everything that would start something, or change what runs. */
function setEnabled(isEnabled: boolean): void {
  for (const id of ['program-list', 'variant-list']) {
    element(id, HTMLFieldSetElement).disabled = !isEnabled
  }
  for (const id of ['start', 'compare-start', 'scaling-start', 'restore', 'runs-clear']) {
    element(id, HTMLButtonElement).disabled = !isEnabled
  }
  element('size', HTMLSelectElement).disabled = !isEnabled
  const workers = element('workers', HTMLInputElement)
  workers.disabled = !isEnabled || workers.max === '1'
}
