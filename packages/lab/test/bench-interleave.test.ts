import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Unavailable } from '../src/bench/benchmark.ts'
import type { Entry, Experiment, Role } from '../src/bench/benchmark.ts'
import { measure } from '../src/bench/harness/interleave.ts'
import { seededRandom } from '../src/stats/random.ts'

const ROUNDS = 12
const WARM_UPS = 2

function experimentOf(entries: readonly Entry[]): Experiment {
  return {
    name: 'x',
    title: 'x',
    metrics: [],
    entries,
    targets: [],
    rounds: ROUNDS,
    warmUps: WARM_UPS,
  }
}

/** Writes its name into `log` whenever it is opened, sampled or closed. */
function loggingEntry(name: string, role: Role, log: string[]): Entry {
  const open = () => {
    let count = 0
    log.push(`open ${name}`)
    return {
      sample: () => {
        log.push(name)
        return { value: count++ }
      },
      close: () => void log.push(`close ${name}`),
    }
  }
  return { name, role, open }
}

function options(seed: number, peers = true) {
  return { peers, rounds: ROUNDS, random: seededRandom(seed) }
}

async function orderWith(seed: number): Promise<string[]> {
  const log: string[] = []
  const entries = ['a', 'b', 'c'].map((name) => loggingEntry(name, 'baseline', log))
  await measure(experimentOf(entries), options(seed))
  return log.filter((line) => line.length === 1).slice(WARM_UPS * entries.length)
}

describe('interleaved measurement', () => {
  it('takes one sample of every entry in every round and throws warm-ups away', async () => {
    const log: string[] = []
    const entries = ['a', 'b', 'c'].map((name) => loggingEntry(name, 'baseline', log))
    const { measured } = await measure(experimentOf(entries), options(1))
    for (const { samples } of measured) {
      assert.equal(samples.length, ROUNDS)
      assert.deepEqual(samples[0], { value: WARM_UPS })
    }
    const order = await orderWith(1)
    for (let round = 0; round < ROUNDS; round++) {
      assert.deepEqual(order.slice(round * 3, round * 3 + 3).toSorted(), ['a', 'b', 'c'])
    }
  })

  it('draws the order anew every round, and the same from the same seed', async () => {
    const order = await orderWith(7)
    assert.deepEqual(await orderWith(7), order)
    assert.notDeepEqual(await orderWith(8), order)
    const rounds = new Set<string>()
    for (let at = 0; at < order.length; at += 3) rounds.add(order.slice(at, at + 3).join(''))
    assert.ok(rounds.size > 1, 'all rounds had the same order')
  })

  it('leaves rivals out unless asked for', async () => {
    const log: string[] = []
    const entries = [loggingEntry('a', 'spillway', log), loggingEntry('b', 'rival', log)]
    const { measured } = await measure(experimentOf(entries), options(1, false))
    assert.deepEqual(
      measured.map(({ entry }) => entry),
      ['a'],
    )
    assert.ok(!log.includes('open b'))
  })

  it('reports an unavailable entry by name and goes on', async () => {
    const missing: Entry = {
      name: 'missing',
      role: 'rival',
      open: () => {
        throw new Unavailable('not installed')
      },
    }
    const { measured, skipped } = await measure(
      experimentOf([missing, loggingEntry('a', 'baseline', [])]),
      options(1),
    )
    assert.deepEqual(skipped, [{ entry: 'missing', reason: 'not installed' }])
    assert.equal(measured.length, 1)
  })

  it('closes what it opened when a sample fails', async () => {
    const log: string[] = []
    const failing: Entry = {
      name: 'failing',
      role: 'baseline',
      open: () => ({
        sample: () => {
          throw new Error('wrong answer')
        },
      }),
    }
    const entries = [loggingEntry('a', 'baseline', log), failing]
    await assert.rejects(measure(experimentOf(entries), options(1)), /wrong answer/)
    assert.equal(log.at(-1), 'close a')
  })
})
