import { job, kernels } from 'spillway/kernel'

/** Rows are filled from the top; columns and diagonals that are taken are bits. */
interface Board {
  n: number
  row: number
  columns: number
  left: number
  right: number
}

/** Rows that become jobs. Below, a job costs more than the search it would carry. */
const SPAWNED_ROWS = 3

export const { queens } = kernels(import.meta.url, {
  queens: job((ctx, board: Board): number => {
    if (board.row === SPAWNED_ROWS) return solutions(board)
    const branches = places(board).map((next) => ctx.spawn(queens, next))
    ctx.wait(...branches) // a plain job runs other work until its children have ended
    return branches.reduce((sum, branch) => sum + branch.value, 0)
  }),
})

function solutions(board: Board): number {
  if (board.row === board.n) return 1
  return places(board).reduce((sum, next) => sum + solutions(next), 0)
}

/** The boards with one queen more. */
function places({ n, row, columns, left, right }: Board): Board[] {
  const boards: Board[] = []
  for (let free = ((1 << n) - 1) & ~(columns | left | right); free !== 0; free &= free - 1) {
    const queen = free & -free
    boards.push({
      n,
      row: row + 1,
      columns: columns | queen,
      left: (left | queen) << 1,
      right: (right | queen) >> 1,
    })
  }
  return boards
}
