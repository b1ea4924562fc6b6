/**
 * Rewrites a linked script so that it can be stopped at each shared access: functions that reach one become generators, calls of
 * them `yield*`, atomic calls `yield` of a step, and indexed plain accesses go through observers. With each step a thread says
 * where it stands: a fingerprint of the calls it is inside of and their local variables. README.md shows an example.
 */
import { parse } from 'acorn'
import type * as ast from 'acorn'
import { bindings, callKind, childrenOf, isFunction, learn } from './scope.ts'
import type { Facts, FunctionFacts, FunctionNode } from './scope.ts'

/** A place in the source that asks for steps. */
export interface Site {
  readonly function: string
  /** The call as written. */
  readonly text: string
}

export interface WovenText {
  readonly code: string
  readonly sites: readonly Site[]
}

/**
 * Weaves one script. Its exports become the properties of what the code, a function's body, returns. `standing` makes threads say
 * where they stand, which takes time.
 */
export function weaveText(source: string, standing = true): WovenText {
  const program = parse(source, { ecmaVersion: 2022, sourceType: 'module' })
  return new Weaver(source, learn(program), standing).program(program)
}

class Weaver {
  readonly #source: string
  readonly #facts: Facts
  readonly #stands: boolean
  readonly #sites: Site[] = []
  #within: FunctionFacts | null = null
  /** Temporaries of the function being rewritten. */
  #temporaries = 0
  /** Variables that hold a value where the rewriting stands, by block, the innermost last. */
  #scopes: string[][] = []

  constructor(source: string, facts: Facts, stands: boolean) {
    this.#source = source
    this.#stands = stands
    this.#facts = facts
  }

  program(program: ast.Program): WovenText {
    const parts: string[] = []
    const exported: string[] = []
    for (const statement of program.body) {
      if (statement.type === 'ImportDeclaration') continue
      if (statement.type === 'ExportNamedDeclaration' && !statement.declaration) {
        for (const { local, exported: name } of statement.specifiers) {
          exported.push(`${this.#text(name)}: ${this.#text(local)}`)
        }
      } else parts.push(this.#render(statement))
    }
    const code = `'use strict'\n${PRELUDE}${parts.join('\n')}\nreturn { ${exported.join(', ')} }\n`
    return { code, sites: this.#sites }
  }

  #text(node: ast.Node): string {
    return this.#source.slice(node.start, node.end)
  }

  #render(node: ast.AnyNode): string {
    if (isFunction(node)) return this.#function(node)
    switch (node.type) {
      case 'CallExpression':
        return this.#call(node)
      case 'MemberExpression':
        return node.computed && node.object.type !== 'Super'
          ? `$get(${this.#operands([node.object, node.property]).join(', ')})`
          : this.#copy(node)
      case 'AssignmentExpression':
        return this.#assignment(node)
      case 'UpdateExpression':
        return this.#update(node)
      case 'BinaryExpression':
        if (!this.#takesSteps(node.right)) return this.#copy(node)
        return `((${this.#operands([node.left, node.right]).join(`) ${node.operator} (`)}))`
      case 'Property':
      case 'MethodDefinition':
        return this.#method(node)
      case 'BlockStatement':
      case 'ForStatement':
      case 'CatchClause':
        return this.#block(node)
      case 'VariableDeclarator':
        return this.#declarator(node)
      default:
        return this.#other(node)
    }
  }

  /** What is copied, or cannot be woven. */
  #other(node: ast.AnyNode): string {
    const hides =
      node.type === 'ForOfStatement' || node.type === 'ForInStatement'
        ? this.#takesSteps(node.body)
        : /^(?:Object|Array|New|Template|TaggedTemplate)/.test(node.type) && this.#takesSteps(node)
    const deletes = node.type === 'UnaryExpression' && node.operator === 'delete'
    if (hides || deletes) throw this.#refuse(node)
    if (node.type === 'ForOfStatement' || node.type === 'ForInStatement') return this.#block(node)
    return this.#copy(node)
  }

  /** The node's own text with its children rewritten. */
  #copy(node: ast.AnyNode, start = node.start, end = node.end): string {
    let text = ''
    let at = start
    for (const child of childrenOf(node)) {
      if (child.start >= end) break
      text += this.#source.slice(at, child.start) + this.#render(child)
      at = child.end
    }
    return text + this.#source.slice(at, end)
  }

  #block(node: ast.AnyNode): string {
    this.#scopes.push([])
    if (node.type === 'CatchClause' && node.param) this.#declare(node.param)
    const text = this.#copy(node)
    this.#scopes.pop()
    return text
  }

  #declarator(node: ast.VariableDeclarator): string {
    const text = this.#copy(node)
    this.#declare(node.id)
    return text
  }

  #declare(pattern: ast.Pattern): void {
    const names = new Set<string>()
    bindings(pattern, names)
    for (const name of names) {
      // The outer variable would be out of sight, but not out of use.
      if (this.#within?.steps === true && this.#scopes.some((scope) => scope.includes(name))) {
        throw this.#refuse(pattern as ast.AnyNode)
      }
      this.#scopes.at(-1)?.push(name)
    }
  }

  #function(node: FunctionNode): string {
    const outer = [this.#within, this.#temporaries, this.#scopes] as const
    const facts = this.#facts.functions.get(node)!
    this.#within = facts
    this.#temporaries = 0
    this.#scopes = [facts.usesThis ? ['this'] : []]
    if (facts.steps && (node.async || node.generator || node.type === 'ArrowFunctionExpression')) {
      throw this.#refuse(node)
    }
    const head = this.#copy(node, node.start, node.body.start)
    node.params.forEach((parameter) => this.#declare(parameter))
    const body = this.#render(node.body as ast.AnyNode)
    const names = ['$v', ...Array.from({ length: this.#temporaries }, (_, at) => `$t${at}`)]
    ;[this.#within, this.#temporaries, this.#scopes] = outer
    if (node.body.type !== 'BlockStatement') {
      if (names.length > 1) throw this.#refuse(node)
      return head + body
    }
    if (!facts.steps) return `${head}{ let ${names.join(', ')};${body.slice(1)}`
    const start = head.replace(/^function/, 'function*')
    return `${start}{ let ${names.join(', ')}; const $f1 = $h1, $f2 = $h2;${body.slice(1)}`
  }

  /** A method; one that takes steps gets its star here, before its name. */
  #method(node: ast.Property | ast.AssignmentProperty | ast.MethodDefinition): string {
    const text = this.#copy(node)
    if (!isFunction(node.value as ast.AnyNode)) return text
    const facts = this.#facts.functions.get(node.value as FunctionNode)!
    if (!facts.steps) return text
    if (node.type === 'Property' && !node.method && node.kind === 'init') return text
    if (node.kind !== 'init' && node.kind !== 'method') throw this.#refuse(node)
    return text.startsWith('static ') ? text.replace('static ', 'static *') : `*${text}`
  }

  #call(node: ast.CallExpression): string {
    const { ops, named } = this.#facts
    const kind = this.#kind(node)
    if (kind === 'op') return this.#op(node, ops.get((node.callee as ast.Identifier).name)!)
    const known = kind === 'known' ? named.get((node.callee as ast.Identifier).name)! : undefined
    if (kind === 'plain' || known?.steps === false) return this.#plainCall(node, [])
    // Outside functions, and in arrow functions without steps, nothing that takes steps can be called.
    if (this.#within?.steps !== true) throw this.#refuse(node)
    const text = this.#plainCall(node, [`(${this.#standing(this.#site(node))})`])
    return known === undefined ? `($isSteps($v = ${text}) ? yield* $v : $v)` : `(yield* ${text})`
  }

  /** A call as it stands, its parts rewritten; a computed callee stays a method call. */
  #plainCall(node: ast.CallExpression, more: readonly string[]): string {
    const { callee } = node
    const target =
      callee.type === 'MemberExpression' && callee.computed
        ? `${this.#render(callee.object)}[${this.#render(callee.property)}]`
        : this.#render(callee)
    const opening = node.optional ? '?.(' : '('
    return `${target}${opening}${[...this.#operands(node.arguments), ...more].join(', ')})`
  }

  #op(node: ast.CallExpression, op: number): string {
    if (this.#within?.steps !== true) throw this.#refuse(node)
    const site = this.#site(node)
    const given = [String(op), String(site), ...this.#operands(node.arguments)]
    return `(yield ($step(${given.join(', ')}), ${this.#standing(site)}, $save($h1, $h2)))`
  }

  #site(node: ast.CallExpression): number {
    const text = this.#text(node).replaceAll(/\s+/g, ' ')
    return this.#sites.push({ function: this.#within!.name, text }) - 1
  }

  /** Code that puts where this thread stands into `$h1` and `$h2`: callers, place, and variables. */
  #standing(site: number): string {
    // As an argument more than a function takes, it must be undefined: the parameter may have a default.
    if (!this.#stands) return 'undefined'
    const values = [String(site), ...this.#scopes.flat()]
    return `$h1 = $f1, $h2 = $f2, ${values.map((name) => `$m(${name})`).join(', ')}`
  }

  #assignment(node: ast.AssignmentExpression): string {
    const { left, operator } = node
    if (left.type !== 'MemberExpression' || !left.computed) return this.#copy(node)
    if (operator === '=') {
      return `$set(${this.#operands([left.object, left.property, node.right]).join(', ')})`
    }
    if (/^(?:\?\?|\|\||&&)/.test(operator)) throw this.#refuse(node)
    const [at, index, old] = this.#take(3)
    const read = `${old} = $get(${at} = ${this.#render(left.object)}, ${index} = ${this.#render(left.property)})`
    const scope = this.#scopes.at(-1)!
    scope.push(index!, old!)
    const value = this.#render(node.right)
    scope.splice(-2)
    return `(${read}, $set(${at}, ${index}, ${old} ${operator.slice(0, -1)} (${value})))`
  }

  #update(node: ast.UpdateExpression): string {
    const { argument, operator, prefix } = node
    if (argument.type !== 'MemberExpression' || !argument.computed) return this.#copy(node)
    const [at, index, old] = this.#take(3)
    const read = `${old} = $get(${at} = ${this.#render(argument.object)}, ${index} = ${this.#render(argument.property)})`
    return `(${read}, $set(${at}, ${index}, ${old} ${operator[0]} 1)${prefix ? '' : `, ${old}`})`
  }

  /** Values that are computed one after the other; those that wait for a step of a later one are kept in sight. */
  #operands(nodes: readonly (ast.AnyNode | null)[]): string[] {
    const last = nodes.findLastIndex((node) => node !== null && this.#takesSteps(node))
    const scope = this.#scopes.at(-1) ?? []
    const kept = scope.length
    const texts = nodes.map((node, at) => {
      if (node === null) return ''
      const rendered = this.#render(node)
      const text = node.type === 'SequenceExpression' ? `(${rendered})` : rendered
      if (at >= last || node.type === 'Identifier' || node.type === 'Literal') return text
      const [temporary] = this.#take(1)
      scope.push(temporary!)
      return `(${temporary} = ${text})`
    })
    scope.length = kept
    return texts
  }

  #take(count: number): string[] {
    return Array.from({ length: count }, () => `$t${this.#temporaries++}`)
  }

  #kind(node: ast.CallExpression): ReturnType<typeof callKind> {
    return callKind(node, this.#facts.ops, this.#facts.named, this.#within?.locals ?? new Set())
  }

  #takesSteps(node: ast.AnyNode): boolean {
    if (this.#within?.steps !== true || isFunction(node)) return false
    if (node.type === 'CallExpression') {
      const kind = this.#kind(node)
      if (kind === 'op' || kind === 'dynamic') return true
      const { named } = this.#facts
      if (kind === 'known' && named.get((node.callee as ast.Identifier).name)!.steps) return true
    }
    return childrenOf(node).some((child) => this.#takesSteps(child))
  }

  #refuse(node: ast.AnyNode): Error {
    const place = this.#within === null ? 'at top level' : `in ${this.#within.name}`
    return new Error(`sim: cannot weave ${node.type} ${place}: ${this.#text(node).slice(0, 120)}`)
  }
}

/** Two lanes of where the running thread stands, and how a value is mixed in. */
const PRELUDE = `
let $h1 = 0, $h2 = 0
function $m(value) {
  const x = typeof value === 'number' && (value | 0) === value ? value : $of(value)
  let h = Math.imul($h1 ^ Math.imul(x, 0xcc9e2d51), 0x1b873593)
  h ^= h >>> 15
  $h1 = Math.imul(h, 0x85ebca6b)
  h = Math.imul($h2 ^ Math.imul(x, 0x9e3779b1), 0x27d4eb2f)
  h ^= h >>> 13
  $h2 = Math.imul(h, 0x165667b1)
}
$begin(() => { $h1 = 0x2545f491; $h2 = 0x4f6cdd1d })
`
