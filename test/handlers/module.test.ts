import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { createCatalog } from '../../src/catalog/catalog.ts'
import { EventError } from '../../src/events/errors.ts'
import type { AskRequest, Handled, NodeEvent } from '../../src/events/types.ts'
import type { Cell } from '../../src/handlers/cell.ts'
import { createHandlers } from '../../src/handlers/handlers.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'
import { plainCell } from './plain-cell.ts'
import { asked, joined, raised, SELF, specOf } from './samples.ts'

const HOST = join(import.meta.dirname, '../../src/handlers/module-host/main.ts')

/** One module, run by the real module host; its cell has no uid of its own. */
const start = (source: string) => {
  const cell = plainCell()
  const file = join(cell.dir, 'module.mjs')
  writeFileSync(file, source)
  const ended = new AbortController()
  const catalog = createCatalog({ self: SELF.id })
  catalog.apply([{ name: 'a.1', addr: '10.0.0.1', port: 7946, tags: {}, status: 'alive' }])
  const did: string[] = []
  const handled: Handled[] = []
  const log = keptLog()
  const handlers = createHandlers({
    specs: [specOf({ name: 'module.mjs', file, kind: 'module', timeoutMs: 10_000 })],
    self: () => SELF,
    client: {
      raise: async (name, payload, options) => {
        if (name === 'bad') throw new EventError('rate', 'too many')
        did.push(`raise ${name} ${Buffer.from(payload)} by ${options?.origin}`)
      },
      ask: async function* ({ name, filter }: AskRequest) {
        did.push(`ask ${name} ${JSON.stringify(filter)}`)
        yield { type: 'answer', id: 'a.1', name: 'a', payload: Buffer.from('one') }
        yield { type: 'end', answered: 1, none: 0, silent: [] }
      },
      snapshot: () => {
        did.push('catalog')
        return catalog.snapshot()
      },
      children: () => [
        { name: 'db', container: 'db_app_x', image: 'x', state: 'running', restarts: 0 },
      ],
      restartChild: async (name) => {
        did.push(`restart ${name}`)
      },
    },
    cells: (): readonly Cell[] => [cell],
    host: [process.execPath, '--import', import.meta.resolve('tsx'), HOST],
    answerRoom: 100,
    onHandled: (_, one) => handled.push(one),
    log,
    signal: ended.signal,
  })
  const running = handlers.run()
  const ask = async (name: string, payload = ''): Promise<string> =>
    Buffer.from((await handlers.answer(asked(name, payload), ended.signal)) ?? 'nobody').toString()
  const tell = (event: NodeEvent): void => handlers.dispatch(event)
  const ready = () =>
    eventually(() => assert.equal(handlers.report()[0]?.state, 'idle'), { within: 15_000 })
  const stop = async (): Promise<void> => {
    ended.abort()
    await running
    cell[Symbol.dispose]()
  }
  return { handlers, ask, tell, ready, did, handled, log, stop }
}

describe('a module', () => {
  const module = start(`
    let count = 0
    export default {
      'member-join'(event) { count += event.members.length },
      'user:add'(event) { count += event.json() },
      async 'user:do'(event, node) {
        await node.raise('done', event.text)
        await node.restartChild((await node.children())[0].name)
        for await (const one of node.ask('who', '', { role: 'web' })) console.log(one.type, one.text)
        await node.raise('bad').catch((error) => { throw new Error('refused: ' + error.message) })
      },
      'query:count': () => String(count),
      'query:members': async (event, node) =>
        [(await node.catalog()) === (await node.catalog()), node.self.name, (await node.catalog()).members[0].id],
      'query:crowd': async (event, node) =>
        String((await Promise.all(Array.from({ length: 100 }, () => node.catalog()))).length),
      'query:long': () => 'x'.repeat(1000),
      'query:throw'() { throw new TypeError('no') },
      'query:nothing'() {},
      'query:empty-filter': (event, node) => node.ask('x', '', { nodes: [] }).next(),
      'query:exit'() { setTimeout(() => process.exit(3), 10); return new Promise(() => {}) },
    }`)
  after(() => module.stop())

  test('keeps its state from event to event', async () => {
    // It need not have loaded yet.
    module.tell(joined('a', 'b'))
    module.tell(raised('add', '5'))
    module.tell(raised('of no interest'))
    assert.equal(await module.ask('count'), '7')
    await eventually(() => assert.equal(module.handled.length, 3))
  })

  test('reads the catalog, which is only sent when it has changed', async () => {
    assert.equal(await module.ask('members'), '[true,"web-1","a.1"]')
  })

  test('is sent the catalog once, however many ask for it at the same time', async () => {
    module.did.length = 0
    assert.equal(await module.ask('crowd'), '100')
    assert.deepEqual(module.did, ['catalog'])
    module.did.length = 0
  })

  test('raises, asks and restarts children, and is told why not', async () => {
    module.handled.length = 0
    module.tell(raised('do', 'it'))
    await eventually(() => assert.equal(module.handled.length, 1))
    assert.deepEqual(module.did, [
      'raise done it by handler module.mjs',
      'restart db',
      'ask who {"role":"web"}',
    ])
    assert.match(module.handled[0]?.error ?? '', /^Error: refused: too many \(module\.mjs:\d+/)
    await eventually(() => {
      const said = module.log.lines.flatMap(({ facts }) => ('stdout' in facts ? facts.stdout : []))
      assert.deepEqual(said, ['answer one', 'end undefined'])
    })
  })

  test('answers within what Serf carries, and nothing when it fails', async () => {
    assert.equal(await module.ask('long'), 'x'.repeat(100))
    assert.equal(await module.ask('throw'), '')
    assert.match(module.handlers.report()[0]?.last_error?.message ?? '', /^TypeError: no \(module/)
    assert.equal(await module.ask('nothing'), '')
    assert.equal(await module.ask('what nobody hears'), 'nobody')
  })

  test('never gets an empty filter to Serf', async () => {
    assert.equal(await module.ask('empty-filter'), '')
    assert.match(module.handlers.report()[0]?.last_error?.message ?? '', /nodes, at least one/)
  })

  test('is started again when it ends', async () => {
    assert.equal(await module.ask('exit'), '')
    assert.equal(await module.ask('count'), '0')
    const [report] = module.handlers.report()
    assert.deepEqual([report?.restarts, report?.state], [1, 'idle'])
    assert.ok(module.log.lines.some(({ facts }) => /exit 3/.test(JSON.stringify(facts))))
  })
})

test('a module that throws at import is shown with the place, and delays no query', async () => {
  const module = start(`throw new RangeError('at import')`)
  try {
    await eventually(() => assert.equal(module.handlers.report()[0]?.state, 'down'), {
      within: 15_000,
    })
    assert.equal(
      module.handlers.report()[0]?.last_error?.message,
      'RangeError: at import (module.mjs:1:7)',
    )
    const began = performance.now()
    assert.equal(await module.ask('anything'), 'nobody')
    assert.ok(performance.now() - began < 500)
  } finally {
    await module.stop()
  }
})

test('a module without handlers is told what was expected', async () => {
  for (const [source, words] of [
    ['export const x = 1', /no handlers: expected export default/],
    ['export default { deploy() {} }', /no such event: deploy/],
    ['export default { start: 1 }', /start: expected a function/],
    ['export default {}', /hears nothing/],
  ] as const) {
    const module = start(source)
    try {
      await eventually(
        () => assert.match(module.handlers.report()[0]?.last_error?.message ?? '', words),
        { within: 15_000 },
      )
    } finally {
      await module.stop()
    }
  }
})
