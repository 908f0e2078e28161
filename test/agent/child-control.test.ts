import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createChildControl } from '../../src/agent/child-control.ts'

type Listed = { Id: string; State: string; StopTimeout?: number }

const engine = (...listed: Listed[]) => {
  const done: string[] = []
  const docker = {
    listContainers: async ({ labels = [] }: { labels?: string[] } = {}) => {
      done.push(`list ${labels.join(' ')}`)
      return listed
    },
    inspectContainer: async (id: string) => ({
      Config: { StopTimeout: listed.find((one) => one.Id === id)?.StopTimeout },
    }),
    startContainer: async (id: string) => done.push(`start ${id}`),
    stopContainer: async (id: string, { timeoutS }: { timeoutS: number }) =>
      done.push(`stop ${id} ${timeoutS}`),
    restartContainer: async (id: string, { timeoutS }: { timeoutS: number }) =>
      done.push(`restart ${id} ${timeoutS}`),
    async *logs() {
      yield { stream: 'stdout', data: Buffer.from('2026-01-01T00:00:00Z o') }
      yield { stream: 'stdout', data: Buffer.from('ne\n2026-01-01T00:00:01Z two') }
    },
  }
  return { docker: docker as never, done }
}

describe('the control of children', () => {
  test('acts on the container of this node, the running one first, with its own grace', async () => {
    const { docker, done } = engine(
      { Id: 'old', State: 'exited' },
      { Id: 'new', State: 'running', StopTimeout: 3 },
    )
    const control = createChildControl({ docker, owner: 'node1' })
    for (const verb of ['stop', 'restart', 'start'] as const) await control[verb]('web')
    const listed = 'list io.serfnode.owner=node1 io.serfnode.child=web'
    assert.deepEqual(done, [listed, 'stop new 3', listed, 'restart new 3', listed, 'start new'])
  })

  test('gives lines, the last one without its end too', async () => {
    const { docker } = engine({ Id: 'a', State: 'exited' })
    const control = createChildControl({ docker, owner: 'node1' })
    const how = { tail: 1, follow: false, signal: new AbortController().signal }
    const lines = []
    for await (const { text } of await control.logs('web', how)) lines.push(text)
    assert.deepEqual(lines, ['one', 'two'])
  })

  test('says when there is no container, and when there is no engine', async () => {
    const none = createChildControl({ docker: engine().docker, owner: 'node1' })
    await assert.rejects(none.stop('web'), { code: 'conflict', retryable: false })
    const how = { tail: 1, follow: false, signal: new AbortController().signal }
    await assert.rejects(none.logs('web', how), { code: 'conflict' })
    const alone = createChildControl({ docker: undefined, owner: undefined })
    await assert.rejects(alone.start('web'), { code: 'unavailable', retryable: true })
  })
})
