// A place where threads meet: nobody goes on before all are there. So that a benchmark knows who does its work.

export interface Meeting {
  readonly arrived: Int32Array
  readonly parties: number
}

const PATIENCE_MS = 10_000

/** Returns once `parties` threads have called it. Throws if they do not come. */
export function meet({ arrived, parties }: Meeting): void {
  const all = (Math.floor(Atomics.add(arrived, 0, 1) / parties) + 1) * parties
  const late = performance.now() + PATIENCE_MS
  while (Atomics.load(arrived, 0) < all) {
    if (performance.now() > late) throw new Error(`only ${Atomics.load(arrived, 0)} of ${all} came`)
  }
}
