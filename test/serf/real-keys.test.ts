import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectSerf, type SerfConnection } from '../../src/serf/client.ts'
import { startSerf } from '../support/serf.ts'

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64')

test('two encrypted serfs change their key: install, use, remove', async () => {
  await using one = await startSerf({ encryptKey: key(1) })
  await using two = await startSerf({ encryptKey: key(1) })
  using serf = await connectSerf({ port: one.rpcPort })
  await serf.join([two.address])

  assert.deepEqual(await keysOf(serf), { [key(1)]: 2 })
  const installed = await serf.installKey(key(2))
  assert.deepEqual(
    { ...installed, messages: { ...installed.messages }, keys: { ...installed.keys } },
    { messages: {}, keys: {}, numNodes: 2, numErr: 0, numResp: 2 },
  )
  assert.deepEqual(await keysOf(serf), { [key(1)]: 2, [key(2)]: 2 })

  const inUse = serf.removeKey(key(1))
  await assert.rejects(inUse, { code: 'refused', message: /2\/2 nodes reported failure/ })
  await serf.useKey(key(2))
  await serf.removeKey(key(1))
  assert.deepEqual(await keysOf(serf), { [key(2)]: 2 })
})

test('a serf refuses keys that are none, and names none in the error', async () => {
  await using agent = await startSerf({ encryptKey: key(1) })
  using serf = await connectSerf({ port: agent.rpcPort })
  await assert.rejects(serf.installKey('not base64!'), {
    code: 'refused',
    message: /illegal base64/,
  })
  const short = Buffer.alloc(5, 7).toString('base64')
  await assert.rejects(serf.installKey(short), (error: Error & { facts: unknown }) => {
    assert.ok(!JSON.stringify([error.message, error.facts]).includes(short))
    return true
  })
  await assert.rejects(serf.useKey(key(9)), { code: 'refused' })
  assert.deepEqual(await keysOf(serf), { [key(1)]: 1 })
})

const keysOf = async (serf: SerfConnection) => ({ ...(await serf.listKeys()).keys })
