import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { newSecret } from '../../src/cluster/secret.ts'
import { readPeers, readSecret, savePeers, saveSecret } from '../../src/cluster/state.ts'

describe("a node's state", () => {
  let dir: string
  before(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'sn-state-')), 'state')
  })
  after(() => rm(join(dir, '..'), { recursive: true }))

  test('is empty at first, and then gives back the secret, readable by its owner only', async () => {
    assert.equal(await readSecret(dir), undefined)
    const secret = { ...newSecret(), cluster: 'default' }
    await saveSecret(secret, dir)
    assert.deepEqual(await readSecret(dir), secret)
    assert.equal((await stat(join(dir, 'secret.json'))).mode & 0o777, 0o600)
    assert.equal((await stat(dir)).mode & 0o777, 0o700)
  })

  test('that is damaged is an error which does not show the secret', async () => {
    await writeFile(join(dir, 'secret.json'), '{"cluster":"default","secret":"c2VjcmV0')
    await assert.rejects(readSecret(dir), (error: Error) => !error.message.includes('c2VjcmV0'))
  })

  test('remembers peers, and takes a damaged list for an empty one', async () => {
    await savePeers(['10.0.0.1:7946', '[fd00::1]:7946'], dir)
    assert.deepEqual(await readPeers(dir), ['10.0.0.1:7946', '[fd00::1]:7946'])
    await writeFile(join(dir, 'peers.json'), '["a b", 3, "10.0.0.1:7946"]')
    assert.deepEqual(await readPeers(dir), ['10.0.0.1:7946'])
    await writeFile(join(dir, 'peers.json'), '[')
    assert.deepEqual(await readPeers(dir), [])
  })
})
