import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseStatus } from '../../src/cli/node-status.ts'

const who = { id: 'web.1', name: 'web', role: 'web', cluster: 'default', phase: 'up' }
const child = { name: 'app', container: 'app_app_web', image: 'app', state: 'up', restarts: 0 }
const parse = (status: unknown) => parseStatus(JSON.stringify(status))

describe('the status that a node wrote', () => {
  test('is read with all that it says', () => {
    const more = { since: 's', last_reason: 'r', next_try: 't', waiting_for: ['role db'] }
    const full = { ...child, ...more, warnings: ['slow'] }
    const status = { ...who, warnings: ['careful'], children: [full] }
    assert.deepEqual(parse(status), status)
  })

  test('may be without lists, and is read without what is not known here', () => {
    assert.deepEqual(parse({ ...who, secret: 1 }), { ...who, warnings: [], children: [] })
    const [read] = parse({ ...who, children: [{ ...child, secret: 1 }] })?.children ?? []
    assert.deepEqual(read, { ...child, warnings: [] })
  })

  test('is none at all when a part of it is not as it should be', () => {
    const of = (change: object) => ({ ...who, children: [{ ...child, ...change }] })
    const odd: unknown[] = [null, 1, 'x', [], {}]
    for (const key of Object.keys(who)) odd.push({ ...who, [key]: 1 }, { ...who, [key]: undefined })
    odd.push({ ...who, warnings: 'many' }, { ...who, warnings: [1] }, { ...who, children: [null] })
    for (const key of Object.keys(child)) odd.push(of({ [key]: null }), of({ [key]: undefined }))
    odd.push(of({ restarts: '1' }), of({ since: 1 }), of({ next_try: 1 }), of({ last_reason: [] }))
    odd.push(of({ waiting_for: 'db' }), of({ waiting_for: [1] }), of({ warnings: {} }))
    for (const status of odd) assert.equal(parse(status), undefined, JSON.stringify(status))
    for (const text of [undefined, '', '{"id": "we']) assert.equal(parseStatus(text), undefined)
  })
})
