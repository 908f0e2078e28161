import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLineSplitter } from '../../src/docker/log-lines.ts'

const TIME = '2026-01-01T00:00:00.000000001Z'

describe('the lines of a log', () => {
  test('one without an end is cut into lines with the time of its beginning', () => {
    const splitter = createLineSplitter()
    const first = splitter.push('stdout', Buffer.from(`${TIME} ${'a'.repeat(70_000)}`))
    const more = splitter.push('stdout', Buffer.from('b'.repeat(70_000)))
    const end = splitter.push('stdout', Buffer.from('c\n'))
    assert.deepEqual(
      [...first, ...more, ...end].map(({ time, text }) => [time, text.length]),
      [
        [TIME, 70_000],
        [TIME, 70_000],
        [TIME, 1],
      ],
    )
    assert.deepEqual(splitter.end(), [])
  })

  test('of two streams they do not mix', () => {
    const splitter = createLineSplitter()
    assert.deepEqual(splitter.push('stdout', Buffer.from(`${TIME} half`)), [])
    const [error] = splitter.push('stderr', Buffer.from(`${TIME} whole\n`))
    assert.deepEqual([error?.stream, error?.text], ['stderr', 'whole'])
    assert.deepEqual(
      splitter.end().map(({ stream, text }) => [stream, text]),
      [['stdout', 'half']],
    )
  })
})
