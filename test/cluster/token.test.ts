import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { clusterId, gossipKey, newSecret } from '../../src/cluster/secret.ts'
import { decodeToken, encodeToken } from '../../src/cluster/token.ts'

describe('a join token', () => {
  const { secret } = newSecret()
  const seeds = ['10.0.0.1:7946', 'db-1.example.org:7946', '[fd00::1]:7946']

  test('gives back the secret and the seeds it was made of', () => {
    assert.deepEqual(decodeToken(encodeToken({ secret, seeds })), { secret, seeds })
    assert.deepEqual(decodeToken(`  ${encodeToken({ secret, seeds: [] })}\n`).seeds, [])
  })

  test('names its cluster and reveals nothing else in front', () => {
    assert.ok(encodeToken({ secret, seeds }).startsWith(`SN1-${clusterId(secret)}-`))
  })

  test('is refused at any single changed or missing character, without repeating the secret', () => {
    const token = encodeToken({ secret, seeds })
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'x' ? 'y' : 'x'
      for (const wrong of [
        token.slice(0, at) + other + token.slice(at + 1),
        token.slice(0, at) + token.slice(at + 1),
      ]) {
        assert.throws(
          () => decodeToken(wrong),
          (error: Error) => /join token: /.test(error.message) && !error.message.includes(wrong),
        )
      }
    }
  })
})

describe('keys', () => {
  test('differ by epoch and by cluster, and are those of Serf: 32 bytes in base64', () => {
    const { secret } = newSecret()
    const keys = [0, 1].map((epoch) => gossipKey({ secret, epoch }))
    keys.push(gossipKey({ secret: newSecret().secret, epoch: 0 }))
    assert.equal(new Set(keys).size, 3)
    for (const key of keys) assert.equal(Buffer.from(key, 'base64').length, 32)
  })

  test('are the same on every node: HKDF-SHA256 of RFC 5869 with our info', () => {
    const secret = Buffer.alloc(32, 7)
    assert.equal(gossipKey({ secret, epoch: 0 }), 'cWHUQgVyWTpK3wz2SrwIkV8XYcl2sQnVKumGbkfN41Q=')
    assert.equal(clusterId(secret), '1aa0df53aee43812')
  })
})
