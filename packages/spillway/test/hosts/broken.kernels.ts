/** Loads in pages, and in no worker. */
import { each, kernels } from 'spillway/kernel'

export const { broken } = kernels(import.meta.url, { broken: each(() => {}) })
if (typeof document === 'undefined') throw new Error('broken on purpose')
