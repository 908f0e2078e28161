import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { firstSight } from '../../src/agent/first-sight.ts'
import { createCatalog } from '../../src/catalog/catalog.ts'
import { encodeMorePorts } from '../../src/catalog/more-ports.ts'
import { listed } from '../catalog/random.ts'

const ALL = { '80/tcp': ['80'], '81/tcp': ['81'] }
const crowded = listed(1, { tags: { more_ports: encodeMorePorts(1, ALL) } })

/** What may be shown already, after all that can happen at once has happened. */
const seen = async (sight: ReturnType<typeof firstSight>): Promise<string[]> => {
  const names: string[] = []
  void sight.names.then(() => names.push('names'))
  void sight.ports.then(() => names.push('ports'))
  await new Promise((resolve) => setTimeout(resolve, 5))
  return names
}

describe('the first sight of the cluster', () => {
  test('is at once in a node that has just started', async () => {
    const { signal } = new AbortController()
    const catalog = createCatalog({ self: 'web-9.000009' })
    assert.deepEqual(await seen(firstSight({ catalog, isAgentRestart: false, signal })), [
      'names',
      'ports',
    ])
  })

  test('waits in a restarted agent for the list, and for ports that are to be fetched', async () => {
    const ended = new AbortController()
    const catalog = createCatalog({ self: 'web-9.000009' })
    const sight = firstSight({ catalog, isAgentRestart: true, signal: ended.signal })
    assert.deepEqual(await seen(sight), [])
    catalog.apply([crowded, listed(2)])
    assert.deepEqual(await seen(sight), ['names'])
    catalog.learn(catalog.snapshot().incomplete[0]!, ALL)
    assert.deepEqual(await seen(sight), ['names', 'ports'])
    ended.abort()
  })

  test('does not wait for a member that is silent for longer than a few seconds', async (t) => {
    const ended = new AbortController()
    const catalog = createCatalog({ self: 'web-9.000009' })
    const sight = firstSight({ catalog, isAgentRestart: true, signal: ended.signal })
    catalog.apply([crowded])
    const began = performance.now()
    await sight.ports
    assert.ok(performance.now() - began < 6_000)
    t.diagnostic(`${Math.round(performance.now() - began)} ms`)
    ended.abort()
  })
})
