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
    data: 1 + thieves,
    bound: { ci: 4, deep: Infinity },
    create(threads, words, layout) {
      const range = layout.schedulerBytes(0) / 4
      const took: number[][] = Array.from({ length: thieves + 1 }, () => [])
      words[range] = pack(0, UNITS)
      const thief = (self: number) => ({
        name: `thief ${self}`,
        run: () => threads.thief(words, range, range + self, most, took[self]!),
      })
      return {
        threads: [
          { name: 'owner', run: () => threads.owner(words, range, most, took[0]!) },
          ...Array.from({ length: thieves }, (_, at) => thief(at + 1)),
        ],
        check() {
          const all = took.flat().toSorted((a, b) => a - b)
          ensure(all.join() === '0,1,2,3,4', `chunks 0 to 4 were taken as ${all.join()}`)
        },
      }
    },
  }
}

export const ranges = [rangeModel('range, one thief', 1, 2), rangeModel('range, two thieves', 2, 2)]
