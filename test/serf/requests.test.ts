import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { connectSerf, type SerfConnection, SerfError } from '../../src/serf/client.ts'
import { type Asked, almostSerf, reply } from './rude-server.ts'

/** What goes over the wire when `use` calls the client. */
const asked = async (use: (serf: SerfConnection) => unknown): Promise<Asked[]> => {
  const seen: Asked[] = []
  await using server = await almostSerf((asked, socket) => {
    seen.push(asked)
    if (asked.command === 'members' || asked.command === 'members-filtered') {
      socket.write(reply(asked.seq, { body: { Members: null } }))
    } else if (asked.command === 'stats') socket.write(reply(asked.seq, { body: null }))
    else if (asked.command === 'join') socket.write(reply(asked.seq, { body: { Num: 2 } }))
    else if (asked.command.endsWith('-key') || asked.command === 'list-keys') {
      const counts = { NumNodes: 1, NumErr: 0, NumResp: 1 }
      socket.write(reply(asked.seq, { body: { Messages: null, Keys: null, ...counts } }))
    } else if (asked.command === 'get-coordinate') {
      socket.write(reply(asked.seq, { body: { Ok: false, Coord: null } }))
    } else socket.write(reply(asked.seq))
    if (asked.command === 'query') {
      socket.write(reply(asked.seq, { body: { Type: 'done', From: '', Payload: null } }))
    }
  })
  using serf = await connectSerf({ port: server.port })
  await use(serf)
  return seen
}

const payload = Buffer.of(0, 0xff, 0x80)

const cases: [string, (serf: SerfConnection) => unknown, unknown][] = [
  ['members', (serf) => serf.members(), undefined],
  [
    'members-filtered',
    (serf) => serf.membersFiltered({ name: 'a|b', tags: { role: 'web.*' } }),
    { Tags: { role: '(?:web.*)' }, Status: '', Name: '(?:a|b)' },
  ],
  [
    'join',
    async (serf) => assert.equal(await serf.join(['10.0.0.1:7946', 'b']), 2),
    { Existing: ['10.0.0.1:7946', 'b'], Replay: false },
  ],
  ['join', (serf) => serf.join(['a'], { replay: true }), { Existing: ['a'], Replay: true }],
  ['leave', (serf) => serf.leave(), undefined],
  ['force-leave', (serf) => serf.forceLeave('a'), { Node: 'a', Prune: false }],
  ['force-leave', (serf) => serf.forceLeave('a', { prune: true }), { Node: 'a', Prune: true }],
  [
    'event',
    (serf) => serf.event('deploy', payload),
    { Name: 'deploy', Payload: payload, Coalesce: false },
  ],
  [
    'event',
    (serf) => serf.event('é', 'ü', { coalesce: true }),
    { Name: 'é', Payload: Buffer.of(0xc3, 0xbc), Coalesce: true },
  ],
  [
    'query',
    (serf) => drain(serf.query({ name: 'q' })),
    {
      FilterNodes: [],
      FilterTags: {},
      RequestAck: false,
      RelayFactor: 0,
      Timeout: 0,
      Name: 'q',
      Payload: null,
    },
  ],
  [
    'query',
    (serf) =>
      drain(
        serf.query({
          name: 'q',
          payload,
          filterNodes: ['a'],
          filterTags: { role: '^web$' },
          timeoutMs: 15_000,
          relayFactor: 255,
          requestAck: true,
        }),
      ),
    {
      FilterNodes: ['a'],
      FilterTags: { role: '^web$' },
      RequestAck: true,
      RelayFactor: 255,
      Timeout: 15_000_000_000,
      Name: 'q',
      Payload: payload,
    },
  ],
  ['respond', (serf) => serf.respond(7, payload), { ID: 7, Payload: payload }],
  [
    'tags',
    (serf) => serf.tags({ set: { role: 'web' }, remove: ['old'] }),
    { Tags: { role: 'web' }, DeleteTags: ['old'] },
  ],
  ['tags', (serf) => serf.tags({}), { Tags: {}, DeleteTags: [] }],
  ['stats', (serf) => serf.stats(), undefined],
  ['stream', (serf) => serf.stream('*').ready, { Type: '*' }],
  ['monitor', (serf) => serf.monitor('debug').ready, { LogLevel: 'debug' }],
  [
    'get-coordinate',
    async (serf) => assert.equal(await serf.getCoordinate('a'), undefined),
    { Node: 'a' },
  ],
  ['install-key', (serf) => serf.installKey('k'), { Key: 'k' }],
  ['use-key', (serf) => serf.useKey('k'), { Key: 'k' }],
  ['remove-key', (serf) => serf.removeKey('k'), { Key: 'k' }],
  ['list-keys', (serf) => serf.listKeys(), undefined],
]

const shown = (body: unknown) => inspect(body, { breakLength: Infinity })

const drain = async (records: AsyncIterable<unknown>) => {
  for await (const _ of records);
}

/** What is asked once a stream is accepted, for its answer alone. */
const untilBegun = { command: 'stop', seq: 4, body: { Stop: 0 } }

describe('a request', () => {
  for (const [command, use, body] of cases) {
    test(`of ${command} carries ${body ? shown(body) : 'no body'}`, async () => {
      const first = { command, seq: 3, body }
      const streams = command === 'stream' || command === 'monitor'
      assert.deepEqual(await asked(use), streams ? [first, untilBegun] : [first])
    })
  }

  test('that Serf would hang up over is refused before it is sent', async () => {
    const sent = await asked(async (serf) => {
      const refused = { code: 'refused', name: 'SerfError' }
      assert.throws(() => serf.query({ name: 'q', relayFactor: 256 }), refused)
      assert.throws(() => serf.query({ name: 'q', timeoutMs: Number.NaN }), refused)
      assert.throws(() => serf.query({ name: 'q', timeoutMs: -1 }), refused)
      await assert.rejects(serf.respond(1.5, ''), SerfError)
    })
    assert.deepEqual(sent, [])
  })

  test('of a stream that is left is followed by a stop, which names its Seq', async () => {
    const left = new AbortController()
    const sent = await asked(async (serf) => {
      const events = serf.stream('*', left.signal)
      await events.ready
      left.abort()
      await drain(events)
      await serf.stats()
    })
    assert.deepEqual(
      sent.map(({ command, body }) => ({ command, body })),
      [
        { command: 'stream', body: { Type: '*' } },
        { command: 'stop', body: { Stop: 0 } },
        { command: 'stop', body: { Stop: 3 } },
        { command: 'stats', body: undefined },
      ],
    )
  })

  test('of a stream that was aborted before is not sent', async () => {
    const sent = await asked(async (serf) => {
      const events = serf.stream('*', AbortSignal.abort())
      await drain(events)
      await assert.rejects(events.ready, { code: 'closed' })
      await serf.stats()
    })
    assert.deepEqual(
      sent.map(({ command }) => command),
      ['stats'],
    )
  })
})
