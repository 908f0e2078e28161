import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stopInReverse } from '../../src/children/stop.ts'
import { pause } from '../../src/lib/wait.ts'
import { container } from './facts.ts'

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
