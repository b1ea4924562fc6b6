import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

interface Measured {
  readonly calls: number
  readonly bytes: number
  readonly collections: number
}

/** JavaScript heap bytes that warmed calls leave behind, measured in a process without other work. */
function measure(): Record<string, Measured> {
  const program = fileURLToPath(new URL('../support/measure-allocation.js', import.meta.url))
  const flags = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']
  return JSON.parse(
    execFileSync(process.execPath, [...flags, program], { encoding: 'utf8' }),
  ) as Record<string, Measured>
}

test('a warmed sync call allocates less than two bytes', (context) => {
  for (const [name, { calls, bytes, collections }] of Object.entries(measure())) {
    const each = bytes / calls
    context.diagnostic(`${name}: ${each.toFixed(2)} bytes per call over ${calls} calls`)
    assert.equal(collections, 0, `${name}: the collector ran, so the count is wrong`)
    assert.ok(each < 2, `${name}: ${each.toFixed(2)} bytes per call`)
  }
})
