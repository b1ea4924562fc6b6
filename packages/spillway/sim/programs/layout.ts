/** Both tables of offsets, for models with capacities of their own. */
export * from '../../src/layout/layout.ts'
export * from '../../src/layout/jobs.ts'
