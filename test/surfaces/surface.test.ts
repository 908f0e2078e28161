import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Deferred, deferred } from '../../src/lib/deferred.ts'
import { keepShown } from '../../src/surfaces/surface.ts'
import { eventually } from '../support/eventually.ts'
import { fakeCatalog, keepingLog } from './fake-catalog.ts'

/** A surface whose writes last until the test lets them end. */
const start = () => {
  const fake = fakeCatalog()
  const stop = new AbortController()
  const shows: Deferred<void>[] = []
  const { log, lines } = keepingLog()
  let returned = false
  const done = keepShown(
    { catalog: fake.catalog, signal: stop.signal, log },
    {
      name: 'slow',
      checkMs: 60_000,
      show: () => {
        const show = deferred<void>()
        shows.push(show)
        return show.promise
      },
    },
  ).finally(() => {
    returned = true
  })
  const begun = (count: number) => eventually(() => assert.equal(shows.length, count), { every: 1 })
  return { ...fake, stop, shows, lines, done, begun, returned: () => returned }
}
const turn = () => new Promise((resolve) => setTimeout(resolve, 5))

describe('keeping a surface shown', () => {
  test('shows again after a change that came while it was showing, one at a time', async () => {
    const { shows, become, begun, stop, done } = start()
    await begun(1)
    become([])
    become([])
    await turn()
    assert.equal(shows.length, 1)
    shows[0]?.resolve()
    await begun(2)
    shows[1]?.resolve()
    stop.abort()
    await done
    assert.equal(shows.length, 2)
  })

  test('returns only after a write that had begun is over', async () => {
    const { shows, begun, stop, done, returned } = start()
    await begun(1)
    stop.abort()
    await turn()
    assert.equal(returned(), false)
    shows[0]?.resolve()
    await done
  })

  test('says an error once, another error once more, and the end of it', async () => {
    const { shows, lines, become, begun, stop, done } = start()
    const fail = async (at: number, message: string | undefined) => {
      await begun(at + 1)
      if (message) shows[at]?.reject(new Error(message))
      else shows[at]?.resolve()
      await turn()
      become([])
    }
    const full = 'ENOSPC: no space left on device, write'
    for (const [at, message] of [full, full, 'EROFS', 'EROFS', undefined, undefined].entries()) {
      await fail(at, message)
    }
    await begun(7)
    shows[6]?.resolve()
    stop.abort()
    await done
    assert.deepEqual(
      lines.map(({ line, facts }) => [line, (facts as { error?: string }).error]),
      [
        ['warn show slow: not written, trying again', full],
        ['warn show slow: not written, trying again', 'EROFS'],
        ['info show slow: written again', undefined],
      ],
    )
  })

  test('returns at once when it was told to stop before it began', async () => {
    const stop = new AbortController()
    stop.abort()
    const show = async () => assert.fail('shown')
    const { log } = keepingLog()
    await keepShown(
      { catalog: fakeCatalog().catalog, signal: stop.signal, log },
      { name: 'slow', checkMs: 60_000, show },
    )
  })
})
