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
