import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Boot } from '../../src/agent/boot.ts'
import { createNodeEvents } from '../../src/agent/node-events.ts'
import { createOwnFacts } from '../../src/agent/own-facts.ts'
import { createCatalog, type ListedMember } from '../../src/catalog/catalog.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'

const boot: Boot = {
  ...{ id: 'web-1.abc123', name: 'web-1', cluster: 'test', role: 'web', rpcAuth: '' },
  ...{ serf_ip: '10.0.0.1', serf_port: 7946, rpc_port: 7373, timestamp: '1.000' },
}

describe('the events of a node', () => {
  let dir: string
  let files = 0
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'sn-events-'))
  })
  after(() => rmSync(dir, { recursive: true }))

  const node = ({ path = join(dir, `${files++}`), isAgentRestart = false } = {}) => {
    const raised: string[] = []
    const heard: string[] = []
    const catalog = createCatalog({ self: boot.id })
    const ended = new AbortController()
    const events = createNodeEvents({
      boot,
      isAgentRestart,
      catalog,
      own: createOwnFacts({ service_port: 0 }, boot),
      path,
      session: () => ({
        commands: () => ({
          event: async (name, payload) => {
            raised.push(`${name} ${Buffer.from(payload).toString().split('"')[3]}`)
          },
          query: () => assert.fail(),
        }),
        respond: async () => {},
        isSettled: () => true,
      }),
      handlers: {
        dispatch: ({ id }) => heard.push(id),
        answer: async () => undefined,
      },
      log: keptLog(),
      signal: ended.signal,
    })
    return { path, raised, heard, catalog, events, end: () => ended.abort() }
  }
  const running = { processes: [{ name: 'app', state: 'running' as const, failures: 0 }], up: true }
  const waiting = { processes: [], up: false }
  const listed = (name: string): ListedMember => ({
    ...{ name: `${name}.abc123`, addr: '10.0.0.1', port: 7946, status: 'alive' },
    tags: { name, role: 'web', timestamp: '1.000' },
  })

  test('begin with `start` when serf is up and the children run, whichever is first', () => {
    for (const isChildrenFirst of [true, false]) {
      const { events, heard } = node()
      const both = [events.serfUp, () => events.showChildren(running)]
      events.showChildren(waiting)
      for (const each of isChildrenFirst ? both.reverse() : both) {
        assert.deepEqual(heard, [])
        each()
      }
      events.showChildren(waiting)
      events.showChildren(running)
      events.serfUp()
      assert.deepEqual(heard, ['start-1'])
    }
  })

  test('have no second `start` when only the agent was restarted', () => {
    const first = node()
    first.events.serfUp()
    first.events.showChildren(running)
    const second = node({ path: first.path, isAgentRestart: true })
    second.events.serfUp()
    second.events.showChildren(running)
    assert.deepEqual([first.heard, second.heard], [['start-1'], []])
  })

  test('do not take the node for alone before a new agent knows the members', () => {
    const query = {
      type: 'query',
      id: 1,
      name: 'load',
      ltime: 7,
      payload: Buffer.alloc(0),
    } as const
    const first = node()
    first.events.message(query)
    const second = node({ path: first.path, isAgentRestart: true })
    second.events.message(query)
    assert.equal(second.events.history.last, 1, 'it was heard before')
    second.catalog.apply([listed('web-1')])
    second.events.message({ ...query, payload: Buffer.from('x') })
    assert.equal(second.events.history.last, 2)
  })

  test('tell of the children once somebody is there to hear it', async () => {
    const { events, raised, catalog, end } = node()
    const done = events.parts.supervisor()
    events.showChildren(running)
    catalog.apply([listed('web-1')])
    events.serfUp()
    await new Promise((next) => setImmediate(next))
    assert.deepEqual(raised, [])
    catalog.apply([listed('web-1'), listed('web-2')])
    await eventually(() => assert.deepEqual(raised, ['supervisor PROCESS_STATE_RUNNING']))
    end()
    await done
  })
})
