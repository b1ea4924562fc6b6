// The numbers of Node, Bun or Deno, in a process of its own. Run with `awaited` and the items of the sums, or `blocking`.
import { answer } from '../fresh/answer.ts'
import { awaitedNumbers, blockingNumbers } from './numbers.ts'

const [, , kind, items] = process.argv
answer(kind === 'awaited' ? await awaitedNumbers(Number(items)) : await blockingNumbers())
