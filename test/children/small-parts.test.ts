import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { childDocument, childrenByName, nodeDocument } from '../../src/children/documents.ts'
import { exitReason } from '../../src/children/exit-reason.ts'
import { type Hand, noteHand } from '../../src/children/hand.ts'
import { ensureImage } from '../../src/children/image.ts'
import { stopInReverse } from '../../src/children/stop.ts'
import { DockerError } from '../../src/docker/errors.ts'
import { pause } from '../../src/lib/wait.ts'
import { container, inspected } from './facts.ts'

describe('the documents', () => {
  const own = inspected({ NetworkSettings: { IPAddress: '1.2.3.4', Ports: {}, Networks: {} } })
  const child = inspected({ Id: 'c', Name: '/app_app_web' })

  test('of a child carry the network of its node, and no environment', () => {
    const { id, inspect } = childDocument(child, own)
    assert.equal(id, 'c')
    assert.deepEqual(
      Object.entries(inspect).find(([key]) => key === 'NetworkSettings')?.[1],
      own.NetworkSettings,
    )
    assert.ok(!JSON.stringify(inspect).includes('A=1'))
    assert.deepEqual(childrenByName([child], own), { app_app_web: { id, inspect } })
  })

  test('of a node carry its member name, and no environment', () => {
    const { id, inspect } = nodeDocument('web.abc', own)
    assert.equal(id, 'web.abc')
    assert.ok(!JSON.stringify(inspect).includes('A=1'))
    assert.deepEqual(own.Config.Env, ['A=1'])
  })
})

test('the reason of an end is said in words', () => {
  const words = (exitCode: number, oom = false) => exitReason({ exitCode, oom })
  assert.equal(words(0), 'exited with code 0')
  assert.equal(words(137), 'ended by SIGKILL (code 137)')
  assert.equal(words(137, true), 'ran out of memory (code 137)')
  assert.equal(words(255), 'exited with code 255')
})

describe('the hand of a user', () => {
  const after = (actions: string[], ours = false): Hand | undefined => {
    const hands = new Map<string, Hand>()
    for (const Action of actions)
      noteHand(hands, { Action, Actor: { ID: 'c', Attributes: {} } }, () => ours)
    return hands.get('c')
  }
  test('is in docker stop and docker kill, until the container starts', () => {
    assert.equal(after(['kill', 'die', 'stop']), 'stopped')
    assert.equal(after(['kill', 'die']), 'killed')
    assert.equal(after(['die']), undefined)
    assert.equal(after(['kill', 'die', 'stop', 'start']), undefined)
    assert.equal(after(['kill', 'die', 'stop', 'destroy']), undefined)
    assert.equal(after(['kill', 'die', 'stop', 'kill']), 'stopped')
  })
  test('is not in what we do', () => assert.equal(after(['kill', 'die', 'stop'], true), undefined))
})

describe('an image', () => {
  const missing = new DockerError('not-found', 'pull image x: no such image')
  const ensure = async (
    pull: 'always' | 'missing' | 'never',
    isHere: boolean,
    answer: Error | 'ok',
  ) => {
    const done: string[] = []
    const info = { Id: 'x', RepoTags: [], Created: '', Architecture: '', Os: '', Size: 0 }
    const config = {
      Env: [],
      Labels: {},
      ExposedPorts: {},
      Volumes: {},
      Cmd: null,
      Entrypoint: null,
    }
    const docker = {
      inspectImage: async () => (isHere ? { ...info, Config: config } : undefined),
      pullImage: async () => {
        done.push('pull')
        if (answer !== 'ok') throw answer
      },
    }
    const options = { signal: new AbortController().signal, onPull: () => {} }
    const result = await ensureImage(docker, { image: 'x', pull }, options).catch(
      (error) => error.code,
    )
    return [...done, result]
  }
  test('is pulled when missing, always, or never', async () => {
    assert.deepEqual(await ensure('missing', true, missing), [undefined])
    assert.deepEqual(await ensure('missing', false, 'ok'), ['pull', undefined])
    assert.deepEqual(await ensure('missing', false, missing), ['pull', 'image'])
    assert.deepEqual(await ensure('never', false, 'ok'), ['image'])
    assert.deepEqual(await ensure('always', true, 'ok'), ['pull', undefined])
    assert.deepEqual(await ensure('always', false, missing), ['pull', 'image'])
  })
  test('that is here serves when always fails to pull, with a warning', async () => {
    const [, warning] = await ensure('always', true, missing)
    assert.match(String(warning), /the image that is here.*no such image/)
  })
})

describe('stopping', () => {
  const stopping = async (endsMs: Record<string, number>, deadlineMs: number) => {
    const now = () => performance.now()
    const start = now()
    const begun: [string, number][] = []
    const graces: Record<string, number> = {}
    const docker = {
      stopContainer: async (id: string, { timeoutS }: { timeoutS: number }) => {
        begun.push([id, now() - start])
        graces[id] = timeoutS
        await pause(Math.min(endsMs[id] ?? 0, timeoutS * 1000))
      },
    }
    const containers = Object.keys(endsMs).map((id) => container(id, { id }))
    await stopInReverse(docker, containers, { until: start + deadlineMs, now })
    return { begun, graces, ms: now() - start }
  }
  test('goes from the last to the first, each after the one before has ended', async () => {
    const { begun, graces } = await stopping({ a: 10, b: 100, c: 10 }, 8000)
    assert.deepEqual(
      begun.map(([id]) => id),
      ['c', 'b', 'a'],
    )
    assert.ok((begun[2]?.[1] ?? 0) >= 100)
    assert.deepEqual(graces, { a: 7, b: 7, c: 7 })
  })
  test('goes on beside one that takes more than its share, and keeps the deadline', async () => {
    const { begun, ms } = await stopping({ a: 10, b: 10, c: 30_000 }, 1800)
    assert.deepEqual(
      begun.map(([id]) => id),
      ['c', 'b', 'a'],
    )
    assert.ok((begun[1]?.[1] ?? 0) < 700, `${begun}`)
    assert.ok(ms < 2200, `${ms} ms`)
  })
})
