/** Served as it is: in a page an import map resolves the name below, in a worker nothing does. */
import { each, kernels } from 'spillway/kernel'

export const { bare } = kernels(import.meta.url, { bare: each(() => {}) })
