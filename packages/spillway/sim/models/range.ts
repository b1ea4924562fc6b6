/** One range word, its owner and thieves. */
import { pack } from '../../src/core/range.ts'
import type * as program from '../programs/range.ts'
import { ensure } from '../steps.ts'
import type { Model } from '../explore/model.ts'

const UNITS = 5

function rangeModel(name: string, thieves: number, most: number): Model<typeof program> {
  return {
    name,
    promise: 'each chunk is taken exactly once, by its owner or by a thief',
    program: 'sim/programs/range.ts',
    constants: { LOOP_SLOTS: 1 },
    workers: 0,
    data: 1 + thieves + UNITS,
    bound: { ci: 4, deep: Infinity },
    create(threads, { words, data: range }) {
      const counts = range + 1 + thieves
      words[range] = pack(0, UNITS)
      const thief = (self: number) => ({
        name: `thief ${self}`,
        run: () => threads.thief(words, range, range + self, most, counts),
      })
      return {
        threads: [
          { name: 'owner', run: () => threads.owner(words, range, most, counts) },
          ...Array.from({ length: thieves }, (_, at) => thief(at + 1)),
        ],
        check() {
          const ran = [...words.subarray(counts, counts + UNITS)]
          ensure(
            ran.every((count) => count === 1),
            `chunks were taken ${ran.join()} times`,
          )
        },
      }
    },
  }
}

export const ranges = [rangeModel('range, one thief', 1, 2), rangeModel('range, two thieves', 2, 2)]
