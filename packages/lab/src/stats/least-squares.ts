/** Solves min |A x - b| by the normal equations; null when the columns depend on each other. */
export function leastSquares(
  rows: readonly (readonly number[])[],
  target: readonly number[],
): number[] | null {
  const size = rows[0]?.length ?? 0
  const normal = Array.from({ length: size }, (_, at) =>
    Array.from({ length: size + 1 }, (_unused, column) =>
      rows.reduce((sum, row, index) => {
        const right = column === size ? target[index] : row[column]
        return sum + row[at] * right
      }, 0),
    ),
  )
  return solve(normal)
}

/** Gauss-Jordan with partial pivoting on an augmented matrix. */
function solve(matrix: number[][]): number[] | null {
  const size = matrix.length
  for (let column = 0; column < size; column++) {
    let pivot = column
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(cell(matrix, row, column)) > Math.abs(cell(matrix, pivot, column))) pivot = row
    }
    const scale = cell(matrix, pivot, column)
    if (Math.abs(scale) < 1e-12) return null
    const top = matrix[pivot]
    matrix[pivot] = matrix[column]
    matrix[column] = top.map((value) => value / scale)
    for (let row = 0; row < size; row++) {
      if (row !== column) eliminate(matrix, row, column)
    }
  }
  return matrix.map((row) => row[size])
}

function eliminate(matrix: number[][], row: number, column: number): void {
  const factor = cell(matrix, row, column)
  const source = matrix[column]
  matrix[row] = matrix[row].map((value, at) => value - factor * source[at])
}

function cell(matrix: number[][], row: number, column: number): number {
  return matrix[row][column]
}
