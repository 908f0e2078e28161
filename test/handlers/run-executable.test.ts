import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { NodeEvent } from '../../src/events/types.ts'
import { HandlerError } from '../../src/handlers/errors.ts'
import { createExecutable } from '../../src/handlers/run-executable.ts'
import { serfEnvironment, serfInput } from '../../src/handlers/serf-input.ts'
import { keptLog } from '../support/kept-log.ts'
import { plainCell } from './plain-cell.ts'
import { asked, heard, joined, member, raised, SELF, specOf } from './samples.ts'

describe('an executable handler', () => {
  const cell = plainCell()
  after(() => cell[Symbol.dispose]())

  const run = async (script: string, event: NodeEvent, { timeoutMs = 5_000, room = 100 } = {}) => {
    const file = join(cell.dir, 'handler.sh')
    writeFileSync(file, `#!/bin/sh\n${script}\n`)
    chmodSync(file, 0o755)
    const spec = specOf({ file })
    const executable = createExecutable({
      spec,
      cells: [cell],
      self: () => SELF,
      answerRoom: room,
      log: keptLog(),
    })
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new HandlerError('timeout', 'late')), timeoutMs)
    const job = { event, ids: [event.id] }
    const { answer, cut } = await executable
      .run(job, { slot: 0, signal: late.signal })
      .finally(() => clearTimeout(timer))
    return { text: answer && Buffer.from(answer).toString(), cut }
  }

  test('gets what Serf would give it, and answers by what it prints', async () => {
    const script =
      'echo "$SERF_EVENT $SERF_QUERY_NAME $SERF_QUERY_LTIME $SERF_SELF_ROLE $(cat)"; echo no >&2'
    assert.deepEqual(await run(script, asked('load', 'hello')), {
      text: 'query load 4 web hello\n',
      cut: undefined,
    })
  })

  test('has no answer to events', async () => {
    assert.equal((await run('echo hello', raised('a'))).text, undefined)
  })

  test('may leave its stdin alone', async () => {
    const ids = Array.from({ length: 3_000 }, (_, at) => `member-${at}`)
    await run('exec <&-; exit 0', joined(...ids))
  })

  test('is cut at what Serf carries, between characters', async () => {
    const { text, cut } = await run("printf 'ääääää'", asked('a'), { room: 5 })
    assert.deepEqual({ text, cut }, { text: 'ää', cut: 12 })
  })

  test('fails with its exit code and its last words', async () => {
    await assert.rejects(run('echo one; echo two >&2; exit 3', raised('a')), {
      code: 'failed',
      message: 'exit 3: two',
    })
    const python = "printf 'Traceback\\n  File x\\nKeyError: 1\\n\\nmore\\n' >&2; exit 1"
    await assert.rejects(run(python, raised('a')), { message: 'exit 1: KeyError: 1' })
    await assert.rejects(run('kill -9 $$', raised('a')), /killed by SIGKILL/)
  })

  test('is killed at its timeout, whatever it thinks of signals', async () => {
    const began = performance.now()
    const script = "trap '' TERM INT HUP; while :; do sleep 1; done"
    await assert.rejects(run(script, raised('a'), { timeoutMs: 100 }), { code: 'timeout' })
    assert.ok(performance.now() - began < 2_000)
  })

  test('is killed when it prints without end, and little of it is kept', async () => {
    await assert.rejects(run('exec yes', asked('a')), { code: 'output' })
  })

  test('that cannot be started fails in words', async () => {
    const missing = createExecutable({
      spec: specOf({ file: '/nowhere/x' }),
      cells: [cell],
      self: () => SELF,
      answerRoom: 10,
      log: keptLog(),
    })
    const event = raised('a')
    const { signal } = new AbortController()
    const job = { event, ids: [event.id] }
    await assert.rejects(missing.run(job, { slot: 0, signal }), {
      code: 'failed',
      message: 'start it',
    })
  })
})

describe('what Serf tells its handlers', () => {
  test('has tags in capitals, and no letters that no shell takes', () => {
    const tags = { role: 'web', 'data-center': 'eu', 'a.b': '1\0' }
    const env = serfEnvironment(raised('deploy'), { ...SELF, tags })
    assert.deepEqual(env, {
      SERF_EVENT: 'user',
      SERF_SELF_NAME: SELF.id,
      SERF_SELF_ROLE: 'web',
      SERF_TAG_ROLE: 'web',
      SERF_TAG_DATA_CENTER: 'eu',
      SERF_TAG_A_B: '1',
      SERF_USER_EVENT: 'deploy',
      SERF_USER_LTIME: '3',
    })
  })

  test('has a line for each member', () => {
    const members = [
      member('a', { tags: { role: 'web', x: '1' } }),
      member('b', { role: 'has\ttab', addr: '10.0.0.2', tags: { note: 'two\nlines' } }),
    ]
    const event = heard({ type: 'member-join', members } as const)
    const lines = 'a\t10.0.0.1\tweb\trole=web,x=1\nb\t10.0.0.2\thas\\ttab\tnote=two\\nlines\n'
    assert.equal(serfInput(event).toString(), lines)
  })

  test('has a newline behind a payload, once', () => {
    for (const [payload, input] of [
      ['a', 'a\n'],
      ['a\n', 'a\n'],
      ['', ''],
    ] as const) {
      assert.equal(serfInput(raised('x', payload)).toString(), input)
    }
    assert.equal(serfInput(heard({ type: 'start' } as const)).length, 0)
  })
})
