import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { createCatalog } from '../../src/catalog/catalog.ts'
import { createHandlers } from '../../src/handlers/handlers.ts'
import type { HandlerSpec } from '../../src/handlers/types.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'
import { plainCell } from './plain-cell.ts'
import { asked, heard, raised, SELF, specOf } from './samples.ts'

describe('the handlers of a node', () => {
  const cell = plainCell()
  const moduleCell = plainCell()
  const ended = new AbortController()
  const script = (name: string, text: string, events: string[]): HandlerSpec => {
    const file = join(cell.dir, name)
    writeFileSync(file, `#!/bin/sh\n${text}\n`)
    chmodSync(file, 0o755)
    return specOf({ name, file, events })
  }
  /** A module host that is replaced by a command of the test. */
  const start = (specs: readonly HandlerSpec[], host: readonly string[] = ['false']) => {
    const handlers = createHandlers({
      specs,
      self: () => SELF,
      client: {
        raise: async () => {},
        ask: async function* () {},
        snapshot: createCatalog({ self: SELF.id }).snapshot,
        children: () => [],
        restartChild: async () => {},
      },
      cells: ({ kind }) => [kind === 'module' ? moduleCell : cell],
      host,
      answerRoom: 100,
      onHandled: () => {},
      log: keptLog(),
      signal: ended.signal,
    })
    void handlers.run()
    return handlers
  }
  const settled = async (handlers: ReturnType<typeof start>): Promise<number> => {
    const began = performance.now()
    await handlers.settle(3_000)
    return performance.now() - began
  }
  after(() => {
    ended.abort()
    cell[Symbol.dispose]()
    moduleCell[Symbol.dispose]()
  })

  test('answer while a module that hangs at its import has not said what it hears', async () => {
    const hung = specOf({ name: 'hung.mjs', kind: 'module' })
    const handlers = start(
      [script('load', 'echo 1', ['query:load']), hung],
      [...['sh', '-c', 'sleep 30', 'sh']],
    )
    const began = performance.now()
    const answer = await handlers.answer(asked('load'), ended.signal)
    assert.equal(Buffer.from(answer ?? '').toString(), '1\n')
    assert.ok(performance.now() - began < 700)
  })

  test('delay the end of the node only when they hear that it stops', async () => {
    const long = script('long', 'sleep 30', ['user:deploy'])
    const last = script('last', 'sleep 0.3', ['stop'])
    const handlers = start([long, last])
    handlers.dispatch(raised('deploy'))
    handlers.dispatch(heard({ type: 'stop' } as const))
    const ms = await settled(handlers)
    assert.ok(ms > 250 && ms < 2_000, `${ms}`)
  })

  test('that cannot be loaded delay nothing, though events wait for them', async () => {
    const broken = specOf({ name: 'broken.mjs', kind: 'module', events: ['*'] })
    const handlers = start([broken])
    handlers.dispatch(heard({ type: 'start' } as const))
    await eventually(() => assert.equal(handlers.report()[0]?.state, 'down'))
    assert.equal(handlers.report()[0]?.queue, 1)
    assert.ok((await settled(handlers)) < 500)
  })
})
