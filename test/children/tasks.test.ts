import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Memory } from '../../src/children/roster.ts'
import { createTasks } from '../../src/children/tasks.ts'
import { DockerError } from '../../src/docker/errors.ts'
import { keptLog } from '../support/kept-log.ts'
import { inspected } from './facts.ts'
import { childSettings } from './settings.ts'

const refusal = (code: 'server' | 'not-found') => new DockerError(code, `create app: ${code}`)

describe('the image of a child whose create fails', () => {
  /** Creates again and again; the answers of the engine in order, true for done. */
  const create = async (answers: (DockerError | true)[]): Promise<string[]> => {
    const calls: string[] = []
    const memory: Memory = { histories: new Map(), busy: new Map(), hands: new Map() }
    const docker = {
      inspectImage: async () => undefined,
      pullImage: async () => void calls.push('pull'),
      createContainer: async () => {
        const answer = answers[calls.filter((call) => call === 'create').length]
        calls.push('create')
        if (answer !== true) throw answer
        return { Id: 'x', Warnings: [] }
      },
    }
    const tasks = createTasks({
      memberId: 'web.abc',
      docker: docker as never,
      memory,
      log: keptLog(),
      now: () => 0,
      signal: new AbortController().signal,
      onDone: () => {},
    })
    const settings = childSettings('app')
    const wanted = { name: 'app_app_web', body: { Image: 'x' }, spec: 'right', warnings: [] }
    for (const _ of answers) {
      tasks.begin({ type: 'create', child: 'app', settings, wanted, replaces: [] }, inspected())
      await tasks.settled()
    }
    return calls
  }

  test('is not asked for again while it is still there', async () => {
    assert.deepEqual(await create([refusal('server'), true]), ['pull', 'create', 'create'])
  })

  test('is asked for again once the engine says that it is gone', async () => {
    const answers = [refusal('server'), refusal('not-found'), true as const]
    assert.deepEqual(await create(answers), ['pull', 'create', 'create', 'pull', 'create'])
  })
})
