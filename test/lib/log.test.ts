import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLog, type LogLevel } from '../../src/lib/log.ts'

const now = () => new Date('2026-01-02T03:04:05.678Z')

const open = (level: LogLevel, readable = false) => {
  const lines: string[] = []
  return { lines, log: createLog(level, { write: (line) => lines.push(line), readable, now }) }
}

describe('the log', () => {
  test('is one JSON object a line, the message last', () => {
    const { lines, log } = open('info')
    log.info({ child: 'a\nb', count: 2, none: undefined }, 'it runs')
    const line =
      '{"level":"info","time":"2026-01-02T03:04:05.678Z","child":"a\\nb","count":2,"msg":"it runs"}'
    assert.deepEqual(lines, [`${line}\n`])
  })

  test('is for a person on a TTY', () => {
    const { lines, log } = open('info', true)
    log.warn({ peer: 'a b', none: undefined }, 'it is slow')
    assert.deepEqual(lines, ['03:04:05.678 warn it is slow peer="a b"\n'])
  })

  test('leaves out what is below its level', () => {
    const levels = ['debug', 'info', 'warn', 'error'] as const
    for (const [at, level] of levels.entries()) {
      const { lines, log } = open(level)
      for (const each of levels) log[each]({}, each)
      assert.equal(lines.length, levels.length - at)
    }
  })
})
