import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createCatalog } from '../../src/catalog/catalog.ts'
import { startLife } from '../../src/handlers/module-life.ts'
import { createModule } from '../../src/handlers/module-process.ts'
import { pause } from '../../src/lib/wait.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'
import { plainCell } from './plain-cell.ts'
import { asked, SELF, specOf } from './samples.ts'

/** A process that speaks the module's side of the pipe. */
const program = (source: string): string[] => [
  process.execPath,
  '-e',
  `const { writeSync, createReadStream } = require('node:fs')
   const say = (message) => writeSync(3, JSON.stringify(message) + '\\n')
   ${source}`,
]

describe('the process of a module', () => {
  const cell = plainCell()
  after(() => cell[Symbol.dispose]())

  test('is read slowly when it floods its pipe with long messages', async () => {
    const ended = new AbortController()
    let bytes = 0
    const life = startLife({
      cell,
      command: program(
        `for (;;) say({ type: 'call', id: 1, method: 'x'.repeat(60_000), args: [] })`,
      ),
      onMessage: (message) => {
        if (message.type === 'call') bytes += message.method.length
      },
      say: () => {},
      signal: ended.signal,
    })
    await eventually(() => assert.equal(bytes > 1_000_000, true))
    const began = bytes
    await pause(900)
    ended.abort()
    await life.ended
    assert.ok(bytes - began < 12_000_000, `${bytes - began} bytes`)
  })

  test('that ends within a run has failed once', async () => {
    const ended = new AbortController()
    const broken: [string, boolean][] = []
    const module = createModule({
      spec: specOf({ kind: 'module' }),
      cell,
      client: {
        raise: async () => {},
        ask: async function* () {},
        snapshot: createCatalog({ self: SELF.id }).snapshot,
        children: () => [],
        restartChild: async () => {},
      },
      self: () => SELF,
      host: program(
        `say({ type: 'ready', keys: ['query'] })
         createReadStream('', { fd: 3 }).on('data', (text) => /"event"/.test(text) && process.exit(3))`,
      ),
      answerRoom: 100,
      onReady: () => {},
      onBroken: (...how) => broken.push(how),
      log: keptLog(),
      signal: ended.signal,
    })
    const running = module.keepAlive()
    await eventually(() => assert.equal(Boolean(module.isReady()), true))
    const job = { event: asked('a'), ids: ['a'] }
    await assert.rejects(module.run(job, { slot: 0, signal: ended.signal }), /exit 3/)
    await eventually(() => assert.equal(module.about().restarts, 1))
    ended.abort()
    await running
    assert.deepEqual(broken, [['exit 3', true]])
  })
})
