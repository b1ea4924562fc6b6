import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

interface Measured {
  readonly calls: number
  readonly shared: number
  readonly bytes: number
  readonly collections: number
}

/** JavaScript heap bytes that warmed calls leave behind, measured in a process without other work. */
function measure(): Record<string, Measured> {
  const program = fileURLToPath(new URL('../support/measure-allocation.js', import.meta.url))
  const flags = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']
  const output = execFileSync(process.execPath, [...flags, program], { encoding: 'utf8' })
  return JSON.parse(output) as Record<string, Measured>
}

test('a warmed sync call allocates next to nothing', (context) => {
  for (const [name, { calls, shared, bytes, collections }] of Object.entries(measure())) {
    const long = name.startsWith('long')
    const each = bytes / calls
    context.diagnostic(
      `${name}: ${each.toFixed(2)} bytes per call over ${calls} calls, ${shared} of them shared`,
    )
    assert.equal(collections, 0, `${name}: the collector ran, so the count is wrong`)
    assert.ok(
      long ? shared > calls / 2 : shared < calls / 10,
      `${name}: ${shared} of ${calls} calls were shared`,
    )
    // A shared call looks at the clock and learns its cost, which boxes a few numbers where V8 does not inline it.
    assert.ok(each < (long ? 64 : 2), `${name}: ${each.toFixed(2)} bytes per call`)
  }
})
