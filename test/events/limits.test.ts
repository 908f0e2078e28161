import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encode } from '@msgpack/msgpack'
import { checkEvent, payloadRoom, USER_EVENT_LIMIT } from '../../src/events/limits.ts'

describe("an event's limits", () => {
  test('are those of the message that Serf gossips: the largest payload just fits', () => {
    for (const name of ['a', 'deploy', 'n'.repeat(32), 'n'.repeat(64)]) {
      const payload = 'x'.repeat(payloadRoom(name))
      // Serf's old msgpack spends 3 bytes where today's spends 2 on a string of 32 to 255 bytes.
      const oldSpec =
        (name.length > 31 ? 1 : 0) + (payload.length > 31 && payload.length < 256 ? 1 : 0)
      const message = encode({ LTime: 0xffff_ffff, Name: name, Payload: payload, CC: false })
      assert.equal(1 + message.length + oldSpec, USER_EVENT_LIMIT)
    }
  })

  test('are checked to the byte, and the message says both numbers', () => {
    const room = payloadRoom('deploy')
    checkEvent('deploy', Buffer.alloc(room))
    assert.throws(() => checkEvent('deploy', Buffer.alloc(room + 1)), {
      code: 'payload-size',
      message: `event deploy: the payload has ${room + 1} bytes, at most ${room} fit with this name`,
    })
  })

  test('refuse names that are empty, long, or not printable', () => {
    for (const name of ['', 'a b', 'a\n', 'é', 'x'.repeat(65)]) {
      assert.throws(() => checkEvent(name, Buffer.alloc(0)), { code: 'name' })
    }
  })
})
