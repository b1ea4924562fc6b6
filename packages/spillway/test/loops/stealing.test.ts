import assert from 'node:assert/strict'
import { test } from 'node:test'
import { participate, remaining } from '../../src/core/loop.ts'
import { LINE_WORDS, P_RANGE, participantAt } from '../../src/layout/layout.ts'
import { atomicWrites, openLoop, runnerOf } from '../support/core-loop.ts'
import { fc } from '../support/property.ts'

/** Runs a loop in `threads` participants that take turns: after each chunk the next one runs until its own next chunk. */
function interleave(
  workers: number,
  units: number,
  order: readonly number[],
): { ran: number[]; steals: number } {
  const { words, loop } = openLoop({ workers, units })
  const ran: number[] = []
  let steals = 0
  let turn = 0
  const busy = new Set<number>()
  const enter = (participant: number): void => {
    if (busy.has(participant)) return
    busy.add(participant)
    steals += participate(
      words,
      loop,
      workers,
      participant,
      runnerOf((unit) => {
        ran.push(unit)
        enter(order[turn++ % order.length] % (workers + 1))
      }),
    )
    busy.delete(participant)
  }
  for (let participant = 0; participant <= workers; participant++) enter(participant)
  assert.equal(remaining(words, loop), 0)
  return { ran, steals }
}

test('every chunk exactly once in random nestings of participants', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 1, max: 300 }),
      fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }),
      (workers, units, order) => {
        const { ran } = interleave(workers, units, order)
        assert.deepEqual(
          ran.toSorted((a, b) => a - b),
          Array.from({ length: units }, (_, unit) => unit),
        )
      },
    ),
  )
})

test('partition.adaptive.half: steals grow with the logarithm of the chunks that a held-up owner leaves', () => {
  for (const units of [16, 64, 256, 1024, 4096]) {
    const { words, loop } = openLoop({ workers: 2, units })
    let steals = 0
    let held = -1
    let ran = 1
    const owner = runnerOf((unit) => {
      if (held < 0) {
        held = unit
        // The owner stands still in its first chunk while the other worker takes all there is.
        steals = participate(
          words,
          loop,
          2,
          2,
          runnerOf(() => ran++),
        )
      } else ran++
    })
    participate(words, loop, 2, 1, owner)
    assert.equal(ran, units)
    assert.ok(steals <= 2 * Math.log2(units) + 2, `${steals} steals for ${units} chunks`)
    assert.ok(steals >= 2, 'nothing was stolen')
  }
})

/** Atomic writes to the loop's own words and to participants' range words, for `units` chunks in two participants. */
function writesFor(
  units: number,
  guided: boolean,
): { own: number; ranges: number; elsewhere: number } {
  const workers = 2
  const { words, loop } = openLoop({ workers, units, guided })
  const writes = atomicWrites(() => {
    let entered = false
    participate(
      words,
      loop,
      workers,
      1,
      runnerOf(() => {
        if (entered) return
        entered = true
        participate(
          words,
          loop,
          workers,
          2,
          runnerOf(() => {}),
        )
      }),
    )
  })
  assert.equal(remaining(words, loop), 0)
  const rangeWords = [0, 1, 2].map((participant) => participantAt(loop, participant) + P_RANGE)
  const firstParticipant = participantAt(loop, 0)
  const counts = { own: 0, ranges: 0, elsewhere: 0 }
  for (const { index } of writes) {
    if (index >= loop && index < firstParticipant) counts.own++
    else if (rangeWords.includes(index)) counts.ranges++
    else counts.elsewhere++
  }
  return counts
}

test('partition.adaptive.no-shared-word: claims write range words, the words of the loop a fixed number of times', () => {
  const few = writesFor(64, false)
  const many = writesFor(4096, false)
  assert.ok(many.ranges >= 4096, 'claims were not counted')
  assert.equal(many.elsewhere, 0)
  // Each participant accounts once per range it empties, and ranges number the logarithm of the chunks.
  assert.ok(
    many.own - few.own <= 2 * Math.log2(4096 / 64),
    `${few.own} writes for 64 chunks, ${many.own} for 4096`,
  )
  // The same count under the guided schedule, which does write a shared word per claim, so the count can tell.
  assert.ok(writesFor(4096, true).own > many.own)
})

test('range words of participants lie on lines of their own', () => {
  const { loop } = openLoop({ workers: 7, units: 8 })
  const lines = Array.from({ length: 8 }, (_, participant) =>
    Math.floor((participantAt(loop, participant) + P_RANGE) / LINE_WORDS),
  )
  assert.equal(new Set(lines).size, 8)
  assert.ok(lines.every((line) => line > Math.floor(loop / LINE_WORDS)))
})
