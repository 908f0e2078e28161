import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type FollowedSerf, follow, type SerfMessage } from '../../src/cluster/follow.ts'
import { pause } from '../../src/lib/wait.ts'
import { waker } from '../../src/lib/waker.ts'
import type { SerfEvent, SerfMember } from '../../src/serf/client.ts'
import { eventually } from '../support/eventually.ts'

const never = (signal: AbortSignal): Promise<void> => pause(1e9, signal)

async function* nothing<T>(signal: AbortSignal): AsyncIterable<T> {
  await never(signal)
  yield* []
}

const fakeSerf = (part: Partial<FollowedSerf>) => {
  const serf = {
    lists: 0,
    looks: [] as string[],
    members: async (): Promise<SerfMember[]> => {
      serf.lists++
      return []
    },
    membersNamed: async (names: readonly string[]): Promise<SerfMember[]> => {
      serf.looks.push(...names)
      return []
    },
    events: (signal: AbortSignal) => nothing<SerfEvent>(signal),
    logLines: (signal: AbortSignal) => nothing<string>(signal),
    ...part,
  }
  return serf
}

const run = (serf: FollowedSerf, pollMs = 1e9) => {
  const ended = new AbortController()
  const messages: SerfMessage[] = []
  let applied = 0
  const updated: string[] = []
  const done = follow({
    serf,
    apply: () => {
      applied++
    },
    update: (names) => updated.push(...names),
    onMessage: (message) => messages.push(message),
    signal: ended.signal,
    pollMs,
  })
  return { done, messages, applied: () => applied, updated, end: () => ended.abort() }
}

describe('following Serf', () => {
  test('reads a list that takes long less often', async () => {
    const serf = fakeSerf({
      members: async () => {
        serf.lists++
        await pause(30)
        return []
      },
    })
    const following = run(serf, 1)
    await pause(500)
    following.end()
    await following.done
    // The first says how long it takes; the next would be due after 3 s.
    assert.equal(serf.lists, 1)
  })

  test('reads the list at once, and then just those of whom its log tells', async () => {
    const serf = fakeSerf({
      async *logLines(signal) {
        await pause(20)
        yield '2026/01/01 [INFO] agent.ipc: Accepted client'
        yield '2026/01/01 [INFO] serf: EventMemberFailed: db-1 10.0.0.1'
        await never(signal)
      },
    })
    const following = run(serf)
    await eventually(() => assert.deepEqual(following.updated, ['db-1']))
    following.end()
    await following.done
    assert.deepEqual([serf.lists, following.applied(), serf.looks], [1, 1, ['db-1']])
  })

  test('reads the list again when it is told of a name that could be anything', async () => {
    const serf = fakeSerf({
      async *logLines(signal) {
        await pause(20)
        yield '2026/01/01 [INFO] serf: EventMemberFailed: a bad one 10.0.0.1'
        await never(signal)
      },
    })
    const following = run(serf)
    await eventually(() => assert.equal(following.applied(), 2))
    following.end()
    await following.done
    assert.deepEqual(serf.looks, [])
  })

  test('reads the list now and then without being told', async () => {
    const following = run(fakeSerf({}), 5)
    await eventually(() => assert.equal(following.applied() > 3, true))
    following.end()
    await following.done
  })

  test('hands user events and queries on and takes member events as a wake-up', async () => {
    const user: SerfEvent = {
      type: 'user',
      name: 'deploy',
      ltime: 3,
      payload: Buffer.from('x'),
      coalesce: false,
    }
    const serf = fakeSerf({
      async *events(signal) {
        await pause(10)
        yield user
        yield { type: 'member-join', members: [] }
        await never(signal)
      },
    })
    const following = run(serf)
    await eventually(() => assert.equal(following.applied(), 2))
    assert.deepEqual(following.messages, [user])
    following.end()
    await following.done
  })

  test('throws when the list cannot be read or a stream ends with an error', async () => {
    const broken = new Error('connection lost')
    const failing = async (): Promise<never> => {
      throw broken
    }
    await assert.rejects(run(fakeSerf({ members: failing })).done, broken)
    const serf = fakeSerf({
      // biome-ignore lint/correctness/useYield: it fails before the first event
      async *events() {
        throw broken
      },
    })
    await assert.rejects(run(serf).done, broken)
  })
})

describe('a wish to look again', () => {
  test('that came before the wait ends it at once, and many count as one', async () => {
    const wake = waker()
    const { signal } = new AbortController()
    wake.now()
    wake.now()
    await wake.next(1e9, signal)
    const start = performance.now()
    await wake.next(30, signal)
    assert.ok(performance.now() - start > 25)
  })
})
