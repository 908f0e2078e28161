import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { childDocument, childrenByName, nodeDocument } from '../../src/children/documents.ts'
import { inspected } from './facts.ts'

describe('the documents', () => {
  const own = inspected({ NetworkSettings: { IPAddress: '1.2.3.4', Ports: {}, Networks: {} } })
  const child = inspected({ Id: 'c', Name: '/app_app_web' })

  test('of a child carry the member name and the network of its node, and no environment', () => {
    const { id, inspect } = childDocument('web.abc', child, own)
    assert.equal(id, 'web.abc')
    assert.deepEqual(
      Object.entries(inspect).find(([key]) => key === 'NetworkSettings')?.[1],
      own.NetworkSettings,
    )
    assert.ok(!JSON.stringify(inspect).includes('A=1'))
    assert.deepEqual(childrenByName('web.abc', [child], own), { app_app_web: { id, inspect } })
  })

  test('of a node carry its member name, and no environment', () => {
    const { id, inspect } = nodeDocument('web.abc', own)
    assert.equal(id, 'web.abc')
    assert.ok(!JSON.stringify(inspect).includes('A=1'))
    assert.deepEqual(own.Config.Env, ['A=1'])
  })
})
