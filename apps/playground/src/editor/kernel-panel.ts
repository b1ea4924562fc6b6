/** The kernel of the chosen program: its text, whether it was edited, and what is wrong with it. */
import { isInline } from '../programs/kernel-of.ts'
import type { Program } from '../programs/program.ts'
import { readyText } from '../programs/texts.ts'
import { element } from '../shell/element.ts'
import { Editor } from './editor.ts'

export class KernelPanel {
  readonly #editor = new Editor(
    element('editor', HTMLElement),
    'Kernel, JavaScript. Escape cancels a run; Tab leaves the editor.',
  )
  readonly #state = element('kernel-state', HTMLElement)
  readonly #restore = element('restore', HTMLButtonElement)
  readonly #error = element('kernel-error', HTMLElement)
  /** Edited texts of this visit, by program. */
  readonly #edited = new Map<string, string>()
  #program: Program | null = null

  constructor() {
    this.#editor.onChange(() => this.#edit())
    this.#restore.addEventListener('click', () => {
      if (this.#program !== null) this.#editor.text = readyText(this.#program)
    })
  }

  show(program: Program): void {
    this.#program = null
    this.clearError()
    this.#editor.text = this.#edited.get(program.id) ?? readyText(program)
    this.#program = program
    this.#showState()
  }

  get text(): string {
    return this.#editor.text
  }

  /** Null while the text is as it comes: then the kernel of the module runs, if there is one. */
  get edited(): string | null {
    const program = this.#program!
    const { text } = this.#editor
    return text === readyText(program) && !isInline(program) ? null : text
  }

  get isEdited(): boolean {
    return this.#program !== null && this.#editor.text !== readyText(this.#program)
  }

  /** Shows an error of the text, the library or a kernel, as it is worded there. */
  showError(error: unknown): void {
    const { name, message, code } = error as Partial<Error> & { code?: string }
    const head = document.createElement('strong')
    head.textContent = [name ?? 'Error', code].filter(Boolean).join(', ')
    const body = document.createElement('span')
    body.textContent = message ?? String(error)
    this.#error.replaceChildren(head, body)
    this.#editor.mark(message ?? String(error))
  }

  clearError(): void {
    this.#error.replaceChildren()
    this.#editor.mark(null)
  }

  #edit(): void {
    if (this.#program === null) return
    if (this.isEdited) this.#edited.set(this.#program.id, this.#editor.text)
    else this.#edited.delete(this.#program.id)
    this.#showState()
  }

  #showState(): void {
    const { isEdited } = this
    this.#restore.hidden = !isEdited
    const travels = isEdited || isInline(this.#program!)
    this.#state.textContent = isEdited
      ? 'edited: travels to the workers as source text'
      : travels
        ? 'names itself: travels to the workers as source text'
        : 'from a module that every worker has loaded'
  }
}
