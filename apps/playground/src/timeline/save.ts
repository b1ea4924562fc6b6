import type { Trace } from 'spillway'
import { traceEvents } from 'spillway/trace'

/** Offers a trace as a file that Perfetto and other viewers of Trace Event JSON open. */
export function saveTrace(trace: Trace): void {
  const file = new Blob([JSON.stringify({ traceEvents: traceEvents(trace) })], {
    type: 'application/json',
  })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = 'spillway-trace.json'
  link.click()
  URL.revokeObjectURL(link.href)
}
