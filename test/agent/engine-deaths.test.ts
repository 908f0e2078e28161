import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { watchDeaths } from '../../src/agent/engine-deaths.ts'
import type { Docker } from '../../src/docker/client.ts'
import { DockerError } from '../../src/docker/errors.ts'
import type { DockerEvent } from '../../src/docker/events.ts'
import { keptLog } from '../support/kept-log.ts'

type Happening = { action: 'start' | 'die'; id: string; second: number }

const at = (IPAddress: string) => ({ NetworkSettings: { Networks: { bridge: { IPAddress } } } })

/**
 * What is told when `streams` of events come one after the other; `running` is what each list shows,
 * undefined for one that fails, `started` the addresses of those that start later.
 */
const toldOf = async (
  streams: Happening[][],
  running: (Record<string, string> | undefined)[],
  started: Record<string, string> = {},
) => {
  const ended = new AbortController()
  const told: unknown[][] = []
  const open = new Set<AbortSignal>()
  const docker = {
    listContainers: async () => {
      const list = running.shift()
      if (!list) throw new Error('no answer in time')
      return Object.entries(list).map(([Id, address]) => ({ Id, ...at(address) }))
    },
    inspectContainer: async (id: string) => {
      const address = started[id]
      if (address === undefined) throw new DockerError('not-found', `${id} is not there`)
      return at(address)
    },
    events: ({ signal }: { signal: AbortSignal }) => {
      open.add(signal)
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
  const stillOpen = () => [...open].filter((signal) => !signal.aborted).length
  await watchDeaths({
    docker,
    onDeath: (...death) => told.push(stillOpen() === 1 ? death : [`${stillOpen()} streams open`]),
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
      [{ a: '172.17.0.2' }],
      { b: '172.17.0.3' },
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

  test('is told after a start of one that had gone before it was looked at', async () => {
    const told = await toldOf(
      [
        [
          { action: 'start', id: 'gone', second: 1 },
          { action: 'die', id: 'a', second: 2 },
        ],
      ],
      [{ a: '172.17.0.2' }],
    )
    assert.deepEqual(told, [[['172.17.0.2'], 2]])
  })

  test('is told after a list that failed, which leaves no stream open', async () => {
    const died: Happening = { action: 'die', id: 'a', second: 7 }
    const told = await toldOf([[died]], [undefined, { a: '172.17.0.2' }])
    assert.deepEqual(told, [[['172.17.0.2'], 7]])
  })

  test('of one without an address of its own is left to Serf', async () => {
    const told = await toldOf([[{ action: 'die', id: 'a', second: 7 }]], [{ a: '' }])
    assert.deepEqual(told, [[[], 7]])
  })
})
