// The numbers of a browser, in a page of its own, which posts them to the server it came from: `page.html?items=N`.
import { awaitedNumbers } from './numbers.ts'

/** Bundlers look for these words. */
const worker = () => new Worker(new URL('./page.worker.js', import.meta.url), { type: 'module' })

async function tell(answer: unknown): Promise<void> {
  await fetch('/answer', { method: 'POST', body: JSON.stringify(answer) })
}

try {
  const items = Number(new URLSearchParams(location.search).get('items'))
  await tell(await awaitedNumbers(items, { worker }))
} catch (error) {
  await tell({ failure: String(error) })
}
