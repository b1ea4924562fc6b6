/**
 * The figures of the document this analysis reproduces: read there, not measured here. Its machine had 32 hardware
 * threads; its text gives two values for 16 cores. They are shown beside measured values, never in one series.
 */
export const seed = {
  source: 'Performance Analysis: Job Batching (parallel_for)',
  machine: '32-thread AMD Ryzen, native code',
  items: 1_000_000,
  variant: 'shared',
  times: [
    { cores: 1, low: 6.5, high: 6.5 },
    { cores: 8, low: 9.9, high: 9.9 },
    { cores: 16, low: 9.9, high: 12 },
    { cores: 32, low: 10, high: 16 },
  ],
  throughputCap: 100e6,
  tieredThroughput: 60e6,
  kneeCores: [8, 16],
} as const
