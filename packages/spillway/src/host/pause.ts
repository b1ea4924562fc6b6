/** Tells the core that this thread spins, where the engine can say it (Node 24 and later). */
const hint = (Atomics as { pause?: () => void }).pause

export const pause: () => void = hint === undefined ? () => {} : () => hint()
