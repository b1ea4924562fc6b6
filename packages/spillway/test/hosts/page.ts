/** What a page, or a worker that stands for one, does in the tests of browsers: `#program&id&runtime` of its URL say which. */
import { programs } from './page-programs.ts'

const [program = '', id = '', runtime = ''] = location.hash.slice(1).split('&')

async function report(value: unknown): Promise<void> {
  await fetch(`/report/${id}`, { method: 'POST', body: JSON.stringify(value) })
}

try {
  await programs[program]!(runtime, report)
} catch (error) {
  const { name, message, code, stack } = error as Error & { code?: string }
  await report({ name: 'page', failure: `${name} ${code}: ${message}\n${stack}` })
}
await report({ ended: true })
