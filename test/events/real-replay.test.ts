import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createHistory } from '../../src/events/history.ts'
import { createIncoming } from '../../src/events/incoming.ts'
import { createRaised } from '../../src/events/raise.ts'
import { connectSerf } from '../../src/serf/client.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'
import { startSerf } from '../support/serf.ts'

describe('a serf that was restarted and is joined by another', () => {
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'sn-replay-'))
  })
  after(() => rmSync(dir, { recursive: true }))

  /** A node's life from one start of its serf to the end of it, joined by `neighbour`. */
  const live = async (
    neighbour: Awaited<ReturnType<typeof connectSerf>>,
    raise: () => Promise<void>,
    last: string,
  ): Promise<{ streamed: string[]; heard: string[] }> => {
    await using serf = await startSerf()
    using stream = await connectSerf({ port: serf.rpcPort })
    const ended = new AbortController()
    const history = createHistory({ path: join(dir, 'events.jsonl'), log: keptLog() })
    const streamed: string[] = []
    const heard: string[] = []
    const incoming = createIncoming({
      self: 'node',
      history,
      raised: createRaised(() => performance.now()),
      dispatch: (event) => 'name' in event && heard.push(event.name),
      answer: async () => {},
      alone: () => false,
      isSettled: () => true,
      log: keptLog(),
      signal: ended.signal,
    })
    const events = stream.stream('user', ended.signal)
    await events.ready
    const reading = (async () => {
      for await (const event of events) {
        if (event.type !== 'user') continue
        streamed.push(event.name)
        incoming.message(event)
      }
    })()
    await neighbour.join([serf.address])
    await raise()
    await eventually(() => assert.ok(heard.includes(last), heard.join()))
    ended.abort()
    await reading
    history.close()
    return { streamed: streamed.sort(), heard: heard.sort() }
  }

  test('hears all events of before once more, and the node hands on none of them', async () => {
    await using neighbour = await startSerf()
    using commands = await connectSerf({ port: neighbour.rpcPort })
    const raise = (name: string) => () => commands.event(name)
    const first = await live(commands, raise('one'), 'one')
    assert.deepEqual(first.heard, ['one'])
    const second = await live(commands, raise('two'), 'two')
    assert.deepEqual(second, { streamed: ['one', 'two'], heard: ['two'] })
  })
})
