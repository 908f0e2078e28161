import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { watchDeaths } from '../../src/agent/engine-deaths.ts'
import type { Docker } from '../../src/docker/client.ts'
import type { DockerEvent } from '../../src/docker/events.ts'
import { keptLog } from '../support/kept-log.ts'

type Happening = { action: 'start' | 'die'; id: string; second: number }

/** What is told when `streams` of events come one after the other; each list is as it is then. */
const toldOf = async (streams: Happening[][], running: Record<string, string>[]) => {
  const ended = new AbortController()
  const told: unknown[][] = []
  const docker = {
    listContainers: async () =>
      Object.entries(running.shift() ?? {}).map(([Id, IPAddress]) => ({
        Id,
        NetworkSettings: { Networks: { bridge: { IPAddress } } },
      })),
    events: () => {
      const follow = async function* (): AsyncGenerator<Partial<DockerEvent>> {
        const happenings = streams.shift()
        for (const { action, id, second } of happenings ?? []) {
          yield { Action: action, Actor: { ID: id, Attributes: {} }, timeNano: second * 1e9 }
        }
        if (streams.length === 0) ended.abort()
        throw new Error('the engine ended the stream')
      }
      return Object.assign(follow(), { opened: Promise.resolve() })
    },
  } as unknown as Docker
  await watchDeaths({
    docker,
    onDeath: (...death) => told.push(death),
    log: keptLog(),
    signal: ended.signal,
  })
  return told
}

describe('the death of a node on this engine', () => {
  test('is told with the addresses that it had', async () => {
    const told = await toldOf(
      [[{ action: 'die', id: 'a', second: 7 }]],
      [{ a: '172.17.0.2', b: '172.17.0.3' }],
    )
    assert.deepEqual(told, [[['172.17.0.2'], 7]])
  })

  test('is told of one that started later, and of one that died before a list was made', async () => {
    const told = await toldOf(
      [
        [
          { action: 'start', id: 'b', second: 1 },
          { action: 'die', id: 'a', second: 2 },
          { action: 'die', id: 'b', second: 3 },
        ],
      ],
      [{ a: '172.17.0.2' }, { b: '172.17.0.3' }],
    )
    assert.deepEqual(told, [
      [['172.17.0.2'], 2],
      [['172.17.0.3'], 3],
    ])
  })

  test('is told after the engine was away, by addresses that are looked up anew', async () => {
    const told = await toldOf(
      [[], [{ action: 'die', id: 'a', second: 9 }]],
      [{ a: '172.17.0.2' }, { a: '172.17.0.8' }],
    )
    assert.deepEqual(told, [[['172.17.0.8'], 9]])
  })

  test('of one without an address of its own is left to Serf', async () => {
    const told = await toldOf([[{ action: 'die', id: 'a', second: 7 }]], [{ a: '' }])
    assert.deepEqual(told, [[[], 7]])
  })
})
