import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventKeyOfFile, keyFor, readEventKey } from '../../src/handlers/event-keys.ts'
import { load } from '../config/load.ts'
import { asked, joined, raised } from './samples.ts'

describe('the name of a handler file', () => {
  const names: [string, string | undefined][] = [
    ['member-join.sh', 'member-join'],
    ['join.py', 'member-join'],
    ['fail', 'member-failed'],
    ['user.deploy.sh', 'user:deploy'],
    ['user.deploy', 'user:deploy'],
    ['user.app.v2.py', 'user:app.v2'],
    ['query.load.py', 'query:load'],
    ['user.sh', 'user'],
    ['query', 'query'],
    ['all.sh', '*'],
    ['supervisor.sh', 'user:supervisor'],
    ['start.sh', 'start'],
    ['deploy.sh', undefined],
    ['user:deploy.sh', 'user:deploy'],
    ['user. .sh', undefined],
    ['', undefined],
  ]
  for (const [name, key] of names) {
    test(`${JSON.stringify(name)} says ${key ?? 'no event'}`, () => {
      assert.equal(eventKeyOfFile(name), key)
    })
  }
})

test('the most special key hears an event', () => {
  assert.equal(keyFor(['*', 'user', 'user:a'], raised('a')), 'user:a')
  assert.equal(keyFor(['*', 'user', 'user:a'], raised('b')), 'user')
  assert.equal(keyFor(['*', 'user:a'], asked('a')), '*')
  assert.equal(keyFor(['member-leave'], joined('x')), undefined)
})

test('serfnode.yml takes the same keys as files and modules do', async () => {
  const keys = [
    ...['join', 'leave', 'fail', 'update', 'reap', 'supervisor', 'all', '*', 'user', 'query'],
    ...['start', 'stop', 'member-join', 'member-failed', 'user:deploy', 'query:a.b'],
  ]
  for (const key of keys) {
    const { settings } = await load(`handlers: {"${key}": ./x.sh}`)
    assert.deepEqual(settings.handlers[0]?.events, [readEventKey(key)], key)
  }
  for (const key of ['deploy', 'user:', 'user:a b', 'member_join']) {
    assert.equal(readEventKey(key), undefined)
    await assert.rejects(load(`handlers: {"${key}": ./x.sh}`), /unknown event/, key)
  }
})
