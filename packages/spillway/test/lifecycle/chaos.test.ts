/** Workers that are terminated at any moment, for a while. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deadly } from './deaths.ts'

/** A clock that now and then takes its time leaves workers longer in every place between two looks at shared memory. */
const HESITANT = `
  const { hrtime } = process
  process.hrtime = (...since) => {
    const time = hrtime(...since)
    if (Math.random() < 0.25) for (let spin = Math.random() * 20_000; spin > 0; spin--);
    return time
  }
  await import('./both.js')`

const BOTH = `
  import './all.kernels.js'
  import './brief.js'`

const BRIEF = `
  import { each, kernels, reduce } from 'spillway/kernel'
  const work = (i) => { let v = i | 0; for (let k = 0; k < 300; k++) v = (v * 1664525 + 1013904223) | 0; return v }
  export const { add, gather } = kernels(import.meta.url, {
    add: each((i, { cells }) => { if (work(i) !== 0.5) cells[i]++ }),
    gather: reduce({ identity: () => [], fold: (list, i) => { if (work(i) !== 0.5) list.push(i); return list }, combine: (a, b) => [...a, ...b] }),
  })`

interface Survived {
  readonly killed: number
  readonly ran: number
  readonly lostCalls: number
  readonly wrong: readonly string[]
  readonly slots: number
  readonly bytes: readonly [before: number, after: number]
  readonly right: boolean
}

test('workers terminated at random moments: calls are right or lost, and nothing is left behind', async (t) => {
  const seed = Number(process.env['SPILLWAY_TEST_SEED'] ?? Date.now() % 1_000_000)
  t.diagnostic(`SPILLWAY_TEST_SEED=${seed}`)
  const survived = await deadly<Survived>(
    `import { add, gather } from './brief.js'
     let state = ${seed}
     const random = (n) => { state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff; return (state >> 8) % n }
     const factory = () => {
       const worker = new Worker(new URL('./hesitant.js', import.meta.url))
       handles.push(worker)
       return worker
     }
     await start({ worker: factory, idle: { spinMicroseconds: 0 } })
     const cells = Array.from({ length: 4 }, () => jobs.int32(400))
     // The catalogue of kernels and shapes only grows: let it know all.
     await works()
     await all()
     await jobs.parallelFor(10, add, { cells: cells[0] })
     await jobs.parallelReduce(10, gather)
     const before = jobs.describe().heap.usedBytes
     let killed = 0
     let ran = 0
     let lostCalls = 0
     const wrong = []
     const end = Date.now() + 10_000
     const going = () => killed < 24 && Date.now() < end

     const caller = async (cells) => {
       while (going()) {
         const length = 16 + random(384)
         const kind = random(4)
         cells.fill(0)
         try {
           if (kind === 0) jobs.parallelForSync(length, add, { cells })
           else if (kind === 1) await jobs.parallelFor(length, add, { cells })
           const list = kind === 2 ? jobs.parallelReduceSync(length, gather) : kind === 3 ? await jobs.parallelReduce(length, gather) : null
           if (list !== null && !(list.length === length && list.every((value, i) => value === i))) wrong.push('a list of ' + length)
           if (list === null && !cells.every((value, i) => value === (i < length ? 1 : 0))) wrong.push('cells of ' + length)
           ran++
         } catch (error) {
           if (error.code !== 'ERR_WORKER_LOST') wrong.push(String(error.stack))
           // What the lost call had not run must not run later.
           lostCalls++
         }
         if (random(8) === 0) await sleep(0)
       }
     }
     const killer = async () => {
       while (going()) {
         await sleep(random(30))
         // A worker that is lost several times before it is ready is given up, which is not the matter here.
         if (jobs.describe().workers.ready < WORKERS) continue
         const living = handles.filter(({ threadId }) => threadId > 0)
         for (let count = 1 + random(2); count > 0; count--) {
           void living.splice(random(living.length), 1)[0].terminate()
           killed++
         }
       }
     }
     await Promise.all([killer(), ...cells.map(caller)])
     await all()
     const right = await works()
     const after = jobs.describe().heap.usedBytes
     const slots = await missingSlots()
     await jobs.close()
     print({ killed, ran, lostCalls, wrong, slots, bytes: [before, after], right })`,
    {
      workers: 3,
      files: { 'hesitant.js': HESITANT, 'brief.js': BRIEF, 'both.js': BOTH },
      timeoutMs: 30_000,
    },
  )
  const { killed, ran, lostCalls, wrong, slots, bytes, right } = survived
  t.diagnostic(`${killed} workers killed, ${ran} calls ran, ${lostCalls} were lost`)
  assert.deepEqual(wrong, [])
  assert.ok(right, 'a call after it gave wrong answers')
  assert.ok(killed > 5 && ran > 50, `${killed} killed, ${ran} ran`)
  assert.equal(slots, 0, 'a loop slot was not given back')
  assert.equal(bytes[1], bytes[0], 'shared memory was not given back')
})
