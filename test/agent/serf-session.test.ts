import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSerfSession } from '../../src/agent/serf-session.ts'
import { connectSerf } from '../../src/serf/client.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'
import { startSerf } from '../support/serf.ts'

test('a query that arrives while the tags are being told is not lost', async () => {
  await using serf = await startSerf()
  using asker = await connectSerf({ port: serf.rpcPort })
  const ended = new AbortController()
  const heard: string[] = []
  const session = createSerfSession({
    port: serf.rpcPort,
    authKey: '',
    onConnected: async () => {
      await asker.query({ name: 'ports', timeoutMs: 100 }).ready
    },
    othersAlive: () => 0,
    joinNow: () => {},
    apply: () => {},
    update: () => {},
    onMessage: ({ type, name }) => heard.push(`${type} ${name}`),
    onLost: () => {},
    whoListens: async () => 'serf',
    killSerf: async () => {},
    log: keptLog(),
    signal: ended.signal,
  })
  const done = session.run()
  try {
    await eventually(() => assert.deepEqual(heard, ['query ports']), { within: 3_000 })
  } finally {
    ended.abort()
    await done
  }
})

test('an event that is on its way while a member is joined once more is not lost', async () => {
  await using serf = await startSerf({ profile: 'lan' })
  await using other = await startSerf({ profile: 'lan' })
  using raiser = await connectSerf({ port: other.rpcPort })
  const ended = new AbortController()
  const heard: string[] = []
  let alive = 0
  const session = createSerfSession({
    port: serf.rpcPort,
    authKey: '',
    onConnected: async () => {},
    othersAlive: () => 0,
    joinNow: () => {},
    apply: (members) => {
      alive = members.length
    },
    update: () => {},
    onMessage: ({ name }) => heard.push(name),
    onLost: () => {},
    whoListens: async () => 'serf',
    killSerf: async () => {},
    log: keptLog(),
    signal: ended.signal,
  })
  const done = session.run()
  try {
    await raiser.event('before')
    await eventually(() => session.join([other.address]))
    await eventually(() => assert.equal(alive, 2))
    for (let at = 1; at <= 5; at++) {
      await raiser.event(`event-${at}`)
      await session.join([other.address])
    }
    const all = [1, 2, 3, 4, 5].map((at) => `event-${at}`)
    await eventually(() => assert.deepEqual(heard.sort(), all), { within: 5_000 })
  } finally {
    ended.abort()
    await done
  }
})
