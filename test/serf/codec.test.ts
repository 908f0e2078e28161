import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decode, encode } from '@msgpack/msgpack'
import { decodeValues, encodeRequest } from '../../src/serf/codec.ts'
import { getCoordinate } from '../../src/serf/commands/get-coordinate.ts'
import { join } from '../../src/serf/commands/join.ts'
import { listKeys } from '../../src/serf/commands/list-keys.ts'
import { members } from '../../src/serf/commands/members.ts'
import { query } from '../../src/serf/commands/query.ts'
import { stats } from '../../src/serf/commands/stats.ts'
import { stream } from '../../src/serf/commands/stream.ts'
import { captured, capturedOld } from './captured.ts'

const chunks = async function* (...parts: Uint8Array[]) {
  yield* parts
}

const collect = async (...parts: Uint8Array[]): Promise<unknown[]> => {
  const values: unknown[] = []
  for await (const value of decodeValues(chunks(...parts))) values.push(value)
  return values
}

/** The body of a captured answer, read by its command. */
const bodyOf = async (read: (body: unknown) => unknown, ...parts: Uint8Array[]) =>
  read((await collect(...parts))[1])

const payload = Uint8Array.from({ length: 256 }, (_, at) => at)
const member = {
  name: 'p1',
  addr: '127.0.0.1',
  port: 21001,
  tags: { __proto__: null, longtag: 'x'.repeat(60) },
  status: 'alive',
  protocolMin: 1,
  protocolMax: 5,
  protocolCur: 2,
  delegateMin: 2,
  delegateMax: 5,
  delegateCur: 5,
}
const user = { type: 'user', name: 'n'.repeat(40), ltime: 1, payload, coalesce: false }
const keyReply = {
  messages: { __proto__: null, p1: 'Keyring is empty (encryption not enabled)' },
  keys: { __proto__: null },
  numNodes: 1,
  numErr: 1,
  numResp: 1,
}
const coordinate = { vec: Array(8).fill(0), error: 1.5, adjustment: 0, height: 1.0e-5 }

const cases: [string, Buffer, (body: unknown) => unknown, unknown][] = [
  ['members', captured.members, members.response!, [member]],
  ['members of the old msgpack', capturedOld.members, members.response!, [member]],
  ['a user event', captured.userEvent, stream.record, user],
  ['a user event of the old msgpack', capturedOld.userEvent, stream.record, user],
  [
    'a query event',
    captured.queryEvent,
    stream.record,
    { type: 'query', id: 1, name: 'q', ltime: 1, payload: new Uint8Array(0) },
  ],
  [
    'the end of a query',
    captured.queryDone,
    query.record,
    { type: 'done', from: '', payload: new Uint8Array(0) },
  ],
  ['list-keys', captured.listKeys, listKeys.response!, keyReply],
  ['a coordinate', captured.coordinate, getCoordinate.response!, coordinate],
  ['no coordinate', captured.noCoordinate, getCoordinate.response!, undefined],
  [
    'stats',
    captured.stats,
    stats.response!,
    {
      __proto__: null,
      event_handlers: { __proto__: null },
      agent: { __proto__: null, name: 'p1' },
      serf: { __proto__: null, members: '1', encrypted: 'false' },
    },
  ],
  ['a failed join', captured.join, join.response!, 0],
]

describe('an answer of the real serf', () => {
  for (const [name, bytes, read, expected] of cases) {
    test(`${name} is the same wherever it is cut`, async () => {
      for (let cut = 0; cut <= bytes.length; cut += 1) {
        const found = await bodyOf(read, bytes.subarray(0, cut), bytes.subarray(cut))
        const close = name === 'a coordinate' ? rounded(found) : found
        assert.deepStrictEqual(close, expected, `cut at ${cut}`)
      }
      const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
      await bodyOf(read, ...single)
    })

    test(`${name} is not taken for whole before its last byte`, async () => {
      for (let length = 0; length < bytes.length; length += 1) {
        assert.ok((await collect(bytes.subarray(0, length))).length < 2, `after ${length} bytes`)
      }
    })
  }

  test('is followed by the next in the same bytes', async () => {
    const values = await collect(Buffer.concat([captured.handshake, captured.members]))
    assert.equal(values.length, 3)
  })
})

const rounded = (value: unknown) => {
  const found = value as typeof coordinate
  return { ...found, height: Number(found.height.toPrecision(5)) }
}

describe('decoding', () => {
  test('copies a payload out of the bytes it came in', async () => {
    const bytes = Buffer.from(captured.userEvent)
    const found = (await bodyOf(stream.record, bytes)) as typeof user
    bytes.fill(0)
    assert.deepEqual(found.payload, payload)
  })

  test('keeps tags called __proto__ and constructor, and bytes that are no UTF-8', async () => {
    const odd = captured.members
      .toString('latin1')
      .replace(
        /\xa4Tags.*$/s,
        '\xa4Tags\x83\xa9__proto__\xa1a\xabconstructor\xa1b\xa2\xff\xfe\xa1\xff',
      )
    const found = (await bodyOf(members.response!, Buffer.from(odd, 'latin1'))) as [typeof member]
    assert.deepEqual(Object.entries(found[0].tags), [
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['\ufffd\ufffd', '\ufffd'],
    ])
    assert.equal(Object.getPrototypeOf(found[0].tags), null)
  })

  test('takes an address that is none, which a member may send, as empty', async () => {
    const odd = captured.members
      .toString('latin1')
      .replace('\xc4\x04\x7f\x00\x00\x01', '\xc4\x01\x7f')
    const found = (await bodyOf(members.response!, Buffer.from(odd, 'latin1'))) as [typeof member]
    assert.equal(found[0].addr, '')
  })

  test('takes a logical clock at the end of its range', async () => {
    const far = captured.queryEvent
      .toString('latin1')
      .replace('LTime\x01', `LTime\xcf${'\xff'.repeat(8)}`)
    const found = await bodyOf(stream.record, Buffer.from(far, 'latin1'))
    assert.equal((found as { ltime: number }).ltime, 2 ** 64)
  })

  for (const [what, latin1] of [
    ['a text of 4 GB', '\xdb\xff\xff\xff\xff'],
    ['bytes of 4 GB', '\xc6\xff\xff\xff\xff'],
    ['a list of 4 billion', '\xdd\xff\xff\xff\xff'],
    ['a map of 4 billion', '\xdf\xff\xff\xff\xff'],
    ['an extension of 4 GB', '\xc9\xff\xff\xff\xff\x01'],
    ['a map key of 4 GB', '\x81\xdb\xff\xff\xff\xff'],
    ['a byte that msgpack does not have', '\xc1'],
    ['a map with a list for a key', '\x81\x91\x01\x01'],
  ]) {
    test(`refuses ${what} at once`, async () => {
      await assert.rejects(collect(Buffer.from(latin1!, 'latin1')), { code: 'malformed' })
    })
  }

  test('refuses a value that grows over the limit in small parts', async () => {
    const source = async function* () {
      yield Buffer.from([0xdc, 0xff, 0xff])
      for (;;) yield Buffer.from('\xa9123456789', 'latin1')
    }
    await assert.rejects(
      async () => {
        for await (const _ of decodeValues(source(), 5_000)) assert.fail('nothing is whole here')
      },
      { code: 'malformed', message: /over 5000 bytes/ },
    )
  })

  test('counts each value for itself', async () => {
    const value = encode('x'.repeat(100))
    const source = async function* () {
      for (let at = 0; at < 100; at += 1) yield value
    }
    let count = 0
    for await (const _ of decodeValues(source(), 500)) count += 1
    assert.equal(count, 100)
  })

  test('hands on what the source throws', async () => {
    const source = async function* () {
      yield captured.handshake
      throw new Error('wire cut')
    }
    await assert.rejects(
      async () => {
        for await (const _ of decodeValues(source()));
      },
      { message: 'wire cut' },
    )
  })
})

describe('encoding', () => {
  test('is a header alone for a command without a body', () => {
    assert.deepEqual(decode(encodeRequest('members', 7)), { Command: 'members', Seq: 7 })
  })

  test('puts payloads on the wire as bytes and texts as UTF-8', async () => {
    const [, body] = await collect(
      encodeRequest('event', 1, { Name: 'ü', Payload: payload, Coalesce: false }),
    )
    assert.deepEqual(Object.keys(body as object), [':Name', ':Payload', ':Coalesce'])
    const fields = body as Record<string, Uint8Array>
    assert.deepEqual(new Uint8Array(fields[':Payload']!), payload)
    assert.equal(Buffer.from(fields[':Name']!).toString(), 'ü')
  })
})
