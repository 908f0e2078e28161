import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSerfSession, type SerfSessionOptions } from '../../src/agent/serf-session.ts'
import { deferred } from '../../src/lib/deferred.ts'
import { connectSerf } from '../../src/serf/client.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'
import { startSerf } from '../support/serf.ts'

/** A session of which one part at most is asked for more than to be there. */
const sessionOf = (
  part: Pick<SerfSessionOptions, 'port' | 'signal'> & Partial<SerfSessionOptions>,
) =>
  createSerfSession({
    authKey: '',
    isAgentRestart: false,
    isFounder: () => false,
    onConnected: async () => {},
    othersAlive: () => 0,
    joinNow: () => {},
    apply: () => {},
    update: () => {},
    onMessage: () => {},
    onLost: () => {},
    whoListens: async () => 'serf',
    killSerf: async () => {},
    log: keptLog(),
    ...part,
  })

test('a query that arrives while the tags are being told is not lost', async () => {
  await using serf = await startSerf()
  using asker = await connectSerf({ port: serf.rpcPort })
  const ended = new AbortController()
  const heard: string[] = []
  const session = sessionOf({
    port: serf.rpcPort,
    onConnected: async () => {
      await asker.query({ name: 'ports', timeoutMs: 100 }).ready
    },
    onMessage: ({ type, name }) => heard.push(`${type} ${name}`),
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
  const session = sessionOf({
    port: serf.rpcPort,
    apply: (members) => {
      alive = members.length
    },
    onMessage: ({ name }) => heard.push(name),
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

test('an answer that comes after serf was restarted does not go to another question', async () => {
  const first = await startSerf()
  await using _ = first
  const { rpcPort } = first
  const ended = new AbortController()
  const heard = new Map<string, number>()
  let connected = 0
  const session = sessionOf({
    port: rpcPort,
    onConnected: async () => {
      connected++
    },
    onMessage: (message) => {
      if (message.type === 'query') heard.set(message.name, message.id)
    },
    signal: ended.signal,
  })
  const idOf = async (name: string): Promise<number> => {
    await eventually(() => assert.equal(heard.has(name), true))
    return heard.get(name)!
  }
  const done = session.run()
  try {
    await eventually(() => assert.equal(connected, 1))
    using before = await connectSerf({ port: rpcPort })
    await before.query({ name: 'slow' }).ready
    const slow = await idOf('slow')
    first.kill()
    await first.exited
    await using __ = await startSerf({ config: { rpc_addr: `127.0.0.1:${rpcPort}` } })
    await eventually(() => assert.equal(connected, 2))
    using asker = await connectSerf({ port: rpcPort })
    const answers = asker.query({ name: 'other', timeoutMs: 20_000 })
    const other = await idOf('other')
    await assert.rejects(session.respond(slow, Buffer.from('of slow')), { code: 'asker-gone' })
    await session.respond(other, Buffer.from('of other'))
    for await (const { type, payload } of answers) {
      if (type !== 'response') continue
      assert.equal(Buffer.from(payload).toString(), 'of other')
      break
    }
  } finally {
    ended.abort()
    await done
  }
})

test('a new serf that others joined first takes nothing of before when it joins itself', async () => {
  await using serf = await startSerf()
  await using old = await startSerf()
  await using other = await startSerf()
  using raiser = await connectSerf({ port: old.rpcPort })
  using joiner = await connectSerf({ port: other.rpcPort })
  await raiser.event('long-ago')
  await joiner.join([serf.address])
  const ended = new AbortController()
  const heard: string[] = []
  let lists = 0
  const session = sessionOf({
    port: serf.rpcPort,
    newMs: 60_000,
    apply: () => lists++,
    onMessage: ({ name }) => heard.push(name),
    signal: ended.signal,
  })
  const done = session.run()
  try {
    await eventually(() => assert.equal(lists, 1))
    await session.join([old.address])
    await raiser.event('now')
    await eventually(() => assert.equal(heard.includes('now'), true))
    assert.deepEqual(heard, ['now'])
  } finally {
    ended.abort()
    await done
  }
})

test('a new serf that joins another new one first takes nothing of before from an old one', async () => {
  await using serf = await startSerf()
  await using old = await startSerf()
  await using other = await startSerf()
  using raiser = await connectSerf({ port: old.rpcPort })
  await raiser.event('long-ago')
  const ended = new AbortController()
  const heard: string[] = []
  const { signal } = ended
  const onMessage: SerfSessionOptions['onMessage'] = ({ name }) => heard.push(name)
  const session = sessionOf({ port: serf.rpcPort, newMs: 60_000, onMessage, signal })
  const done = session.run()
  try {
    await eventually(() => session.join([other.address]))
    await session.join([old.address])
    await raiser.event('now')
    await eventually(() => assert.equal(heard.includes('now'), true))
    assert.deepEqual(heard, ['now'])
  } finally {
    ended.abort()
    await done
  }
})

test('what others bring to a new serf is heard before it has joined, not after', async () => {
  await using serf = await startSerf()
  await using old = await startSerf()
  using raiser = await connectSerf({ port: old.rpcPort })
  await raiser.event('long-ago')
  const ended = new AbortController()
  const told = deferred()
  let isConnected = false
  const heard: string[] = []
  const session = sessionOf({
    port: serf.rpcPort,
    newMs: 60_000,
    // Serf may take its time over the tags.
    onConnected: () => {
      isConnected = true
      return told.promise
    },
    onMessage: ({ name }) => heard.push(`${name} ${session.isSettled()}`),
    signal: ended.signal,
  })
  const done = session.run()
  try {
    await eventually(() => assert.equal(isConnected, true))
    await raiser.join([serf.address])
    await eventually(() => assert.deepEqual(heard, ['long-ago false']), { within: 2_000 })
    await session.join([old.address])
    assert.equal(session.isSettled(), true)
  } finally {
    told.resolve()
    ended.abort()
    await done
  }
})
