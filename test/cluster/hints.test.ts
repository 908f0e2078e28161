import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createHints, namesExpression } from '../../src/cluster/hints.ts'

const after = (...lines: string[]) => {
  const hints = createHints()
  for (const line of lines) hints.line(line)
  return hints.take()
}

describe('what Serf tells of members', () => {
  test('names them, with an address or without, each once', () => {
    const join = '2026/01/01 00:00:00 [INFO] serf: EventMemberJoin: web-1.3fa9c1 10.0.0.1'
    const update = '2026/01/01 00:00:00 [INFO] serf: EventMemberUpdate: db.000001\n'
    const far = '[INFO] serf: EventMemberLeave: far.00000a fd00::1'
    assert.deepEqual(after(join, join, update, far), ['web-1.3fa9c1', 'db.000001', 'far.00000a'])
  })

  test('is for nobody when a line is about something else', () => {
    assert.deepEqual(after('[INFO] agent.ipc: Accepted client: 127.0.0.1:5'), [])
  })

  test('is for all when a name could be anything, and when there are many', () => {
    const line = (name: string) => `[INFO] serf: EventMemberFailed: ${name} 10.0.0.1`
    for (const name of ['a b c', 'a|b', '.*$', '', 'x'.repeat(129)]) {
      assert.equal(after(line(name)), undefined, name)
    }
    assert.equal(after(...Array.from({ length: 17 }, (_, at) => line(`n${at}`))), undefined)
    const hints = createHints()
    hints.members([{ name: 'web\n' }])
    assert.equal(hints.take(), undefined)
    hints.members([])
    assert.equal(hints.take(), undefined)
  })

  test('is taken once', () => {
    const hints = createHints()
    hints.members([{ name: 'web.000001' }])
    assert.deepEqual(hints.take(), ['web.000001'])
    assert.deepEqual(hints.take(), [])
  })

  test('makes an expression that fits just these names', () => {
    const fits = new RegExp(`^(?:${namesExpression(['a.1', 'b-2'])})$`)
    assert.deepEqual(
      ['a.1', 'b-2', 'ax1', 'a.12', 'b'].filter((name) => fits.test(name)),
      ['a.1', 'b-2'],
    )
  })
})
