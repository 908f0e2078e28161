import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type AcquireOptions,
  acquireSecret,
  type SecretEngine,
} from '../../src/cluster/acquire-secret.ts'
import { newSecret } from '../../src/cluster/secret.ts'
import type { KeptSecret } from '../../src/cluster/state.ts'
import { encodeToken } from '../../src/cluster/token.ts'
import { pause } from '../../src/lib/wait.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'

const kept = (cluster = 'default'): KeptSecret => ({ ...newSecret(), cluster })

const acquire = (options: Partial<AcquireOptions>) => {
  const saved: KeptSecret[] = []
  const waiting: string[] = []
  const result = acquireSecret({
    cluster: 'default',
    tokens: [],
    hasPeer: false,
    own: undefined,
    engine: undefined,
    save: async (secret) => void saved.push(secret),
    log: keptLog(),
    onWaiting: (message) => waiting.push(message),
    signal: AbortSignal.timeout(5_000),
    retryMs: 5,
    ...options,
  })
  return { result, saved, waiting }
}

const engineWith = (secrets: KeptSecret[]): SecretEngine => ({
  secretsOfOthers: async () => secrets,
  alone: async (found) => {
    await found()
    return true
  },
})

describe('the cluster secret', () => {
  test('is taken from a token before anything else, and kept', async () => {
    const mine = newSecret()
    const { result, saved } = acquire({
      tokens: [encodeToken({ secret: mine.secret, seeds: [] })],
      own: kept(),
      engine: engineWith([kept()]),
    })
    const { secret, from } = await result
    assert.equal(from, 'token')
    assert.deepEqual(secret, mine.secret)
    assert.deepEqual(saved[0]?.secret, mine.secret)
  })

  test('is the kept one after a restart, unless it is of another cluster name', async () => {
    const own = kept()
    assert.deepEqual((await acquire({ own }).result).secret, own.secret)
    const other = await acquire({ own: kept('elsewhere') }).result
    assert.equal(other.from, 'founded')
  })

  test('is read from another node of the engine, the first one when they differ', async () => {
    const first = kept()
    const { result, saved } = acquire({ engine: engineWith([first, kept()]) })
    assert.deepEqual(await result, { secret: first.secret, epoch: 0, from: 'engine' })
    assert.equal(saved.length, 1)
  })

  test('is founded when nobody has one and no peer is named', async () => {
    const { result, saved } = acquire({ engine: engineWith([]) })
    assert.equal((await result).from, 'founded')
    assert.equal(saved.length, 1)
  })

  test('is never founded when a peer is named: the node waits, says how to go on, and takes it later', async () => {
    const secrets: KeptSecret[] = []
    const { result, saved, waiting } = acquire({ hasPeer: true, engine: engineWith(secrets) })
    await eventually(() => assert.equal(waiting.length, 1))
    await pause(30)
    assert.deepEqual(saved, [])
    assert.match(waiting[0] ?? '', /serfnode token/)
    const late = kept()
    secrets.push(late)
    assert.deepEqual((await result).secret, late.secret)
    assert.equal(waiting.length, 1)
  })

  test('is one for twenty nodes that start at the same moment on one engine', async () => {
    const disks: KeptSecret[] = []
    let held = false
    const engine: SecretEngine = {
      secretsOfOthers: async () => {
        await pause(Math.random() * 4)
        return [...disks]
      },
      alone: async (found) => {
        if (held) return false
        held = true
        await found().finally(() => {
          held = false
        })
        return true
      },
    }
    const save = async (secret: KeptSecret) => {
      await pause(Math.random() * 4)
      disks.push(secret)
    }
    const all = await Promise.all(
      Array.from({ length: 20 }, () => acquire({ engine, save }).result),
    )
    assert.equal(new Set(all.map(({ secret }) => secret.toString('hex'))).size, 1)
    assert.equal(all.filter(({ from }) => from === 'founded').length, 1)
  })

  test('survives an engine that fails for a while', async () => {
    let calls = 0
    const engine: SecretEngine = {
      ...engineWith([]),
      secretsOfOthers: async () => {
        if (calls++ < 3) throw new Error('500')
        return []
      },
    }
    assert.equal((await acquire({ engine }).result).from, 'founded')
  })
})
