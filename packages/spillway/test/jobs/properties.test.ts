/** Random programs of jobs give what a sequential twin gives: the same results, the same errors, nothing left behind. */
import assert from 'node:assert/strict'
import type { JobSystem } from 'spillway'
import { soon, withWorkers } from '../support/job-systems.ts'
import { fc, holds } from '../support/property.ts'
import {
  CHILDREN,
  FAILS,
  FIBER,
  FIRST_CHILD,
  FLAVOR,
  NODE_WORDS,
  PLAIN,
  VALUE,
  WAIT,
  WAITS,
  WAIT_CAUGHT,
  WAIT_LOOP,
  WAIT_NOBODY,
  loopSum,
  mix,
  random,
} from '../support/random.kernels.ts'

interface Tree {
  readonly value: number
  readonly wait: number
  readonly flavor: number
  readonly fails: boolean
  readonly children: readonly Tree[]
}

/** Trees in which one node in `oneIn` fails; none if that is 0. */
function trees(oneIn: number): fc.Arbitrary<Tree> {
  const fails = oneIn === 0 ? fc.constant(false) : fc.nat({ max: oneIn - 1 }).map((n) => n === 0)
  return fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.record({
      value: fc.nat({ max: 1000 }),
      wait: fc.nat({ max: WAITS - 1 }),
      flavor: fc.constantFrom(PLAIN, FIBER),
      fails,
      children: fc.oneof(
        { depthSize: 'large', maxDepth: 6, withCrossShrink: true },
        fc.constant([]),
        fc.array(tie('tree'), { minLength: 1, maxLength: 5 }),
      ),
    }),
  })).tree
}

/** Nodes level by level, so that children lie side by side. */
function flatten(root: Tree): Tree[] {
  const nodes = [root]
  for (let at = 0; at < nodes.length; at++) nodes.push(...nodes[at].children)
  return nodes
}

function write(jobs: JobSystem, nodes: readonly Tree[]): Int32Array {
  const code = jobs.int32(nodes.length * NODE_WORDS)
  let next = 1
  for (const [at, { value, wait, flavor, fails, children }] of nodes.entries()) {
    const base = at * NODE_WORDS
    code[base + VALUE] = value
    code[base + WAIT] = wait
    code[base + FLAVOR] = flavor
    code[base + FAILS] = fails ? 1 : 0
    code[base + CHILDREN] = children.length
    code[base + FIRST_CHILD] = next
    next += children.length
  }
  return code
}

class Failure {
  readonly node: number

  constructor(node: number) {
    this.node = node
  }
}

/** The sequential twin. Counts the nodes that run, as far as none fails. */
class Twin {
  ran = 0
  readonly #nodes: readonly Tree[]

  constructor(nodes: readonly Tree[]) {
    this.#nodes = nodes
  }

  run(node: Tree): number | Failure {
    const others = node.wait === WAIT_LOOP ? [loopSum(node.value)] : this.#children(node)
    if (node.wait === WAIT_NOBODY && node.fails) return this.#failure(node)
    if (others instanceof Failure) {
      if (node.wait !== WAIT_CAUGHT) return others
      return this.#end(node, [others.node])
    }
    return this.#end(node, node.wait === WAIT_NOBODY ? [] : others)
  }

  #children(node: Tree): number[] | Failure {
    const values: number[] = []
    let failure: Failure | null = null
    for (const child of node.children) {
      const value = this.run(child)
      if (value instanceof Failure) failure ??= value
      else values.push(value)
    }
    return failure ?? values
  }

  #end(node: Tree, others: readonly number[]): number | Failure {
    if (node.fails) return this.#failure(node)
    this.ran++
    return mix(node.value, others)
  }

  #failure(node: Tree): Failure {
    return new Failure(this.#nodes.indexOf(node))
  }
}

async function outcomeOf(action: () => PromiseLike<number> | number): Promise<number | string> {
  try {
    return await action()
  } catch (error) {
    assert.equal((error as Error).name, 'NodeError', String((error as Error).stack))
    return (error as Error).message
  }
}

async function check(jobs: JobSystem, tree: Tree): Promise<void> {
  const nodes = flatten(tree)
  const twin = new Twin(nodes)
  const value = twin.run(tree)
  const expected = value instanceof Failure ? `node ${value.node} fails` : value
  const code = write(jobs, nodes)
  const done = jobs.int32(1)
  const args = { code, at: 0, done }
  const root = tree.flavor === FIBER ? random.fiber : random.plain
  const forms = {
    run: () => jobs.run(root, args),
    both: async () => {
      const [first, second] = await Promise.allSettled([jobs.run(root, args), jobs.run(root, args)])
      assert.deepEqual(first.status, second.status)
      if (first.status === 'fulfilled') return first.value
      await Promise.reject(first.reason as Error)
      return 0
    },
    sync: () => jobs.runSync(root, args),
  }
  for (const [form, action] of Object.entries(forms)) {
    done[0] = 0
    assert.equal(await soon(outcomeOf(action), form), expected, form)
    const times = form === 'both' ? 2 : 1
    if (!nodes.some(({ fails }) => fails)) {
      assert.equal(done[0], twin.ran * times, 'nodes that ran')
    }
  }
  jobs.free(code)
  jobs.free(done)
}

for (const oneIn of [0, 12]) {
  const kind = oneIn === 0 ? 'that end well' : 'of which some fail'
  withWorkers([0, 1, 2], `random trees of jobs ${kind} are those of the twin`, async (jobs) => {
    await holds(trees(oneIn), 150, (tree) => check(jobs, tree))
  })
}

withWorkers(
  [0, 1, 2],
  'random trees of jobs with few records are those of the twin',
  async (jobs) => {
    await holds(trees(20), 100, (tree) => check(jobs, tree))
  },
  { jobs: { capacity: 64 } },
)
