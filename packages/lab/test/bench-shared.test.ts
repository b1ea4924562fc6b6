import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shared } from '../src/bench/harness/shared.ts'

describe('shared resources', () => {
  it('are opened by the first user and closed by the last', async () => {
    const log: string[] = []
    const resource = shared(
      () => log.push('open'),
      () => log.push('close'),
    )
    const [first, second] = await Promise.all([resource.acquire(), resource.acquire()])
    assert.equal(first, second)
    await resource.release()
    assert.deepEqual(log, ['open'])
    await resource.release()
    assert.deepEqual(log, ['open', 'close'])
    await resource.acquire()
    assert.deepEqual(log, ['open', 'close', 'open'])
  })

  it('can be tried again after a failed opening', async () => {
    let tries = 0
    const resource = shared(
      () => {
        if (++tries === 1) throw new Error('not yet')
        return tries
      },
      () => {},
    )
    await assert.rejects(resource.acquire(), /not yet/)
    assert.equal(await resource.acquire(), 2)
  })
})
