/** How much is measured. Passes interleave everything, so a pass more is a sample more of everything. */
export interface Plan {
  quick: boolean
  workers: number[]
  /** Verdicts are not asked beyond the cores: more workers than those cannot run at once. */
  judgedWorkers: number
  items: number[]
  /** Where verdicts and shares are read. */
  mainItems: number
  passes: number
  /** No pass begins after this, but `minimumPasses` are always made. */
  budgetMs: number
  minimumPasses: number
  /** Nothing is measured again after this, counted from the start. */
  deadlineMs: number
  burstItems: number
  burstBlocksPerPass: number
  /** Larger ranges are timed in every n-th pass only. */
  rareAbove: number
  rareEvery: number
  /** 610 times this is beyond 32 bits. */
  wideItems: number
}

export function makePlan(usableCores: number, quick: boolean, mostWorkers = usableCores): Plan {
  const workers = workerCounts(mostWorkers)
  return {
    quick,
    workers,
    judgedWorkers: Math.max(...workers.filter((count) => count <= usableCores)),
    items: quick
      ? [10, 100, 1000, 5000, 10_000, 100_000, 1_000_000]
      : [10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 4_000_000],
    mainItems: 1_000_000,
    passes: quick ? 15 : 61,
    budgetMs: quick ? 18_000 : 130_000,
    minimumPasses: 5,
    deadlineMs: quick ? 27_000 : 190_000,
    burstItems: 20_000,
    burstBlocksPerPass: 12,
    rareAbove: 1_000_000,
    rareEvery: 6,
    wideItems: 8_000_000,
  }
}

/** 1, 2, 4, … and the largest. */
export function workerCounts(most: number): number[] {
  const counts: number[] = []
  for (let count = 1; count < most; count *= 2) counts.push(count)
  return [...counts, Math.max(1, most)]
}
