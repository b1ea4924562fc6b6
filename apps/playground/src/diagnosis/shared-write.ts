/** Finds where a kernel's text writes one word from every worker. */
import { javascriptLanguage } from '@codemirror/lang-javascript'
import type { SyntaxNode } from '@lezer/common'
import type { Form } from '../programs/program.ts'

export interface SharedWrite {
  /** Of the text, from 1. */
  readonly line: number
  readonly code: string
  /** Once per index, or once per chunk. */
  readonly often: 'index' | 'chunk'
}

const CALL =
  /^Atomics\.(?:add|sub|and|or|xor|exchange|compareExchange|store)\(\s*[\w$]+\s*,\s*\d+\s*,/
const LOOPS = ['ForStatement', 'WhileStatement', 'DoStatement']

/** The first atomic whose index is a number written out: such a word is the same for everybody. One that depends on a condition is rare. */
export function sharedWrite(text: string, form: Form): SharedWrite | null {
  let found: SharedWrite | null = null
  javascriptLanguage.parser.parse(text).iterate({
    enter: ({ name, from, to, node }) => {
      if (found !== null || name !== 'CallExpression') return
      const code = text.slice(from, to)
      if (!CALL.test(code) || isIn(node, ['IfStatement', 'ConditionalExpression'])) return
      const line = text.slice(0, from).split('\n').length
      found = { line, code, often: form === 'each' || isIn(node, LOOPS) ? 'index' : 'chunk' }
    },
  })
  return found
}

function isIn(node: SyntaxNode, names: readonly string[]): boolean {
  for (let at: SyntaxNode | null = node; at !== null; at = at.parent) {
    if (names.includes(at.name)) return true
  }
  return false
}
