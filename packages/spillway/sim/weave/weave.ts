/**
 * Rewrites a linked script so that it can be stopped at each shared access: functions that reach one become generators, calls of
 * them `yield*`, atomic calls `yield` of a step, and indexed plain accesses go through observers. README.md shows an example.
 */
import { parse } from 'acorn'
import type * as ast from 'acorn'
import { isSteps } from '../steps.ts'
import type { Step, Woven } from '../steps.ts'
import { callKind, childrenOf, isFunction, learn } from './scope.ts'
import type { Facts, FunctionFacts, FunctionNode } from './scope.ts'
import { link } from './source.ts'
import type { SourceOptions } from './source.ts'

/** Watches plain accesses to shared words. */
export interface Observer {
  read(index: number): void
  write(index: number): void
}

/** A place in the source that asks for steps. */
export interface Site {
  readonly function: string
  /** The call as written. */
  readonly text: string
}

export interface WovenProgram<M> {
  readonly exports: Woven<M>
  readonly sites: readonly Site[]
  /** The request that a woven thread has just yielded. */
  readonly step: Step
  /** Makes `words` the shared memory, watched by `observer`. */
  attach(words: Int32Array, observer: Observer): void
}

/** Links and weaves program `entry`, a path below the package. */
export async function weave<M>(
  entry: string,
  options: SourceOptions = {},
): Promise<WovenProgram<M>> {
  return evaluate<M>(weaveText(await link(entry, options)))
}

export interface WovenText {
  readonly code: string
  readonly sites: readonly Site[]
}

/** Weaves one script. Its exports become the properties of what the code, a function's body, returns. */
export function weaveText(source: string): WovenText {
  const program = parse(source, { ecmaVersion: 2022, sourceType: 'module' })
  return new Weaver(source, learn(program)).program(program)
}

class Weaver {
  readonly #source: string
  readonly #facts: Facts
  readonly #sites: Site[] = []
  #within: FunctionFacts | null = null
  /** Temporaries of the function being rewritten. */
  #temporaries = 0

  constructor(source: string, facts: Facts) {
    this.#source = source
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
    const code = `'use strict'\n${parts.join('\n')}\nreturn { ${exported.join(', ')} }\n`
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
          ? `$get(${this.#render(node.object)}, ${this.#render(node.property)})`
          : this.#default(node)
      case 'AssignmentExpression':
        return this.#assignment(node)
      case 'UpdateExpression':
        return this.#update(node)
      case 'Property':
      case 'MethodDefinition':
        return this.#method(node)
      case 'UnaryExpression':
        if (node.operator === 'delete') throw this.#refuse(node)
        return this.#default(node)
      default:
        return this.#default(node)
    }
  }

  /** The node's own text with its children rewritten. */
  #default(node: ast.AnyNode): string {
    return this.#copy(node, node.start, node.end)
  }

  #copy(node: ast.AnyNode, start: number, end: number): string {
    let text = ''
    let at = start
    for (const child of childrenOf(node)) {
      if (child.start >= end) break
      text += this.#source.slice(at, child.start) + this.#render(child)
      at = child.end
    }
    return text + this.#source.slice(at, end)
  }

  #function(node: FunctionNode): string {
    const outer = this.#within
    const outerTemporaries = this.#temporaries
    const facts = this.#facts.functions.get(node)!
    this.#within = facts
    this.#temporaries = 0
    if (facts.steps && (node.async || node.generator || node.type === 'ArrowFunctionExpression')) {
      throw this.#refuse(node)
    }
    const head = this.#copy(node, node.start, node.body.start)
    const body = this.#render(node.body as ast.AnyNode)
    const temporaries = ['$v', ...Array.from({ length: this.#temporaries }, (_, at) => `$t${at}`)]
    this.#within = outer
    this.#temporaries = outerTemporaries
    if (node.body.type !== 'BlockStatement') {
      if (temporaries.length > 1) throw this.#refuse(node)
      return head + body
    }
    const start = facts.steps ? head.replace(/^function/, 'function*') : head
    return `${start}{ let ${temporaries.join(', ')};${body.slice(1)}`
  }

  /** A method; one that takes steps gets its star here, before its name. */
  #method(node: ast.Property | ast.AssignmentProperty | ast.MethodDefinition): string {
    const text = this.#default(node)
    if (!isFunction(node.value as ast.AnyNode)) return text
    const facts = this.#facts.functions.get(node.value as FunctionNode)!
    if (!facts.steps) return text
    if (node.type === 'Property' && !node.method && node.kind === 'init') return text
    if (node.kind !== 'init' && node.kind !== 'method') throw this.#refuse(node)
    return text.startsWith('static ') ? text.replace('static ', 'static *') : `*${text}`
  }

  #call(node: ast.CallExpression): string {
    const { ops, named } = this.#facts
    const within = this.#within
    const kind = callKind(node, ops, named, within?.locals ?? new Set())
    if (kind === 'op') return this.#op(node, ops.get((node.callee as ast.Identifier).name)!)
    const text = this.#plainCall(node)
    if (kind === 'plain') return text
    if (kind === 'known' && !named.get((node.callee as ast.Identifier).name)!.steps) return text
    // Outside functions, and in arrow functions without steps, nothing that takes steps can be called.
    if (within === null || !within.steps) throw this.#refuse(node)
    return kind === 'known' ? `(yield* ${text})` : `($isSteps($v = ${text}) ? yield* $v : $v)`
  }

  /** A call as it stands, its parts rewritten; a computed callee stays a method call. */
  #plainCall(node: ast.CallExpression): string {
    const { callee } = node
    const target =
      callee.type === 'MemberExpression' && callee.computed
        ? `${this.#render(callee.object)}[${this.#render(callee.property)}]`
        : this.#render(callee)
    const opening = node.optional ? '?.(' : '('
    return `${target}${opening}${node.arguments.map((one) => this.#render(one)).join(', ')})`
  }

  #op(node: ast.CallExpression, op: number): string {
    if (this.#within === null || !this.#within.steps) throw this.#refuse(node)
    const site = this.#sites.length
    this.#sites.push({ function: this.#within.name, text: this.#text(node).replace(/\s+/g, ' ') })
    const given = node.arguments.map((one) => this.#render(one))
    return `(yield $step(${[String(op), String(site), ...given].join(', ')}))`
  }

  #assignment(node: ast.AssignmentExpression): string {
    const { left, operator } = node
    if (left.type !== 'MemberExpression' || !left.computed) return this.#default(node)
    const object = this.#render(left.object)
    const key = this.#render(left.property)
    const value = this.#render(node.right)
    if (operator === '=') return `$set(${object}, ${key}, ${value})`
    const [at, index] = this.#two()
    const read = `$get(${at} = ${object}, ${index} = ${key})`
    if (operator === '??=' || operator === '||=' || operator === '&&=') {
      return `(${read} ${operator.slice(0, 2)} $set(${at}, ${index}, ${value}))`
    }
    const temporary = `$t${this.#temporaries++}`
    return `(${temporary} = ${read}, $set(${at}, ${index}, ${temporary} ${operator.slice(0, -1)} (${value})))`
  }

  #update(node: ast.UpdateExpression): string {
    const { argument, operator, prefix } = node
    if (argument.type !== 'MemberExpression' || !argument.computed) return this.#default(node)
    const [at, index] = this.#two()
    const old = `$t${this.#temporaries++}`
    const read = `${old} = $get(${at} = ${this.#render(argument.object)}, ${index} = ${this.#render(argument.property)})`
    return `(${read}, $set(${at}, ${index}, ${old} ${operator[0]} 1)${prefix ? '' : `, ${old}`})`
  }

  #two(): [string, string] {
    return [`$t${this.#temporaries++}`, `$t${this.#temporaries++}`]
  }

  #refuse(node: ast.AnyNode): Error {
    const place = this.#within === null ? 'at top level' : `in ${this.#within.name}`
    return new Error(`sim: cannot weave ${node.type} ${place}: ${this.#text(node).slice(0, 120)}`)
  }
}

function evaluate<M>({ code, sites }: WovenText): WovenProgram<M> {
  const step: Step = { op: 0, index: 0, a: 0, b: 0, site: 0 }
  let shared: Int32Array | null = null
  let observer: Observer = { read: () => {}, write: () => {} }
  const request = (op: number, site: number, first: unknown, index = 0, a = 0, b = 0): Step => {
    // Seam functions have no memory: `first` is their only argument, a duration.
    const onWords = first === shared
    if (!onWords && typeof first === 'object')
      throw new Error('sim: a step on memory that is not shared')
    step.op = op
    step.site = site
    step.index = onWords ? index : -1
    step.a = onWords ? a : ((first as number | undefined) ?? 0)
    step.b = b
    return step
  }
  const get = (object: Record<PropertyKey, unknown>, key: number): unknown => {
    if ((object as unknown) === shared) observer.read(key)
    return object[key]
  }
  const set = (object: Record<PropertyKey, unknown>, key: number, value: unknown): unknown => {
    object[key] = value
    if ((object as unknown) === shared) observer.write(key)
    return value
  }
  // The code is this repository's own, from files beside this one.
  // oxlint-disable-next-line no-implied-eval
  const body = new Function('$step', '$get', '$set', '$isSteps', code)
  return {
    exports: body(request, get, set, isSteps) as Woven<M>,
    sites,
    step,
    attach(words, watch) {
      shared = words
      observer = watch
    },
  }
}
