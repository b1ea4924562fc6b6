/** The kernel's text: CodeMirror, with the mistakes that it and the library find marked in place. */
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { javascript } from '@codemirror/lang-javascript'
import { bracketMatching, indentOnInput, syntaxTree } from '@codemirror/language'
import { setDiagnostics } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { highlighting, look } from './highlight.ts'

export class Editor {
  readonly #view: EditorView
  #changed: () => void = () => {}

  constructor(parent: HTMLElement, label: string) {
    this.#view = new EditorView({
      parent,
      state: EditorState.create({
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          // Tab leaves the editor, as it leaves every field: who uses the keyboard alone must get out again.
          keymap.of([...defaultKeymap, ...historyKeymap]),
          javascript(),
          highlighting,
          look,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) this.#changed()
          }),
        ],
      }),
    })
  }

  get text(): string {
    return this.#view.state.doc.toString()
  }

  set text(text: string) {
    const { doc } = this.#view.state
    if (text === doc.toString()) return
    this.#view.dispatch({ changes: { from: 0, to: doc.length, insert: text } })
  }

  onChange(changed: () => void): void {
    this.#changed = changed
  }

  /** Marks a mistake: at a name that the message quotes, else where the text cannot be parsed; if neither is found, nowhere. */
  mark(message: string | null): void {
    const { state } = this.#view
    const range = message === null ? null : (this.#quotedName(message) ?? this.#syntaxError())
    const diagnostics =
      range === null ? [] : [{ ...range, severity: 'error' as const, message: message! }]
    this.#view.dispatch(setDiagnostics(state, diagnostics))
  }

  #quotedName(message: string): { from: number; to: number } | null {
    const quoted = new Set([...message.matchAll(/["`]([\w$]+)["`]/g)].map(([, name]) => name))
    return this.#find(({ name, text }) => name === 'VariableName' && quoted.has(text))
  }

  #syntaxError(): { from: number; to: number } | null {
    return this.#find(({ isError }) => isError)
  }

  #find(
    wanted: (node: { name: string; isError: boolean; text: string }) => boolean,
  ): { from: number; to: number } | null {
    const { state } = this.#view
    let found: { from: number; to: number } | null = null
    syntaxTree(state).iterate({
      enter: ({ name, type: { isError }, from, to }) => {
        if (found === null && wanted({ name, isError, text: state.sliceDoc(from, to) }))
          found = { from, to }
        return found === null
      },
    })
    return found
  }
}
