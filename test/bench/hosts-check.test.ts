import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultIn } from '../../bench/hosts-reader/check.ts'
import { layOut, parseHosts } from '../../src/surfaces/hosts/block.ts'

const docker = '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n172.17.0.2\tabc\n'
const foreign = new Set(docker.split('\n'))
const names = new Map([
  ['web', '10.0.0.1'],
  ['db', '10.0.0.2'],
  ['queue', '10.0.0.3'],
])
const whole = layOut(parseHosts(docker), names)
const check = (text: string) => faultIn(text, foreign, (name) => names.get(name))

test('a hosts file as we write it has no fault, with a hole and with room at its end too', () => {
  const withHole = layOut(parseHosts(whole), new Map([...names].filter(([name]) => name !== 'web')))
  for (const text of [docker, whole, withHole, `${whole}\n\n\n`])
    assert.equal(check(text), undefined)
})

test('every cut of it that is not between two lines is a fault', () => {
  for (let length = 0; length < whole.length; length += 1) {
    const text = whole.slice(0, length)
    if (length > 0 && text.endsWith('\n')) continue
    assert.notEqual(check(text), undefined, JSON.stringify(text))
  }
  assert.equal(check(''), 'empty')
})

test('a file without localhost, or with parts of two lines, is a fault', () => {
  assert.equal(check(whole.replace('127.0.0.1\tlocalhost\n', '')), 'no localhost')
  assert.equal(check(whole.replace('10.0.0.2 db ', '10.0.0.2 d  ')), 'wrong address')
  assert.equal(check(whole.replace('10.0.0.2 db ', '10.0.0.3 db ')), 'wrong address')
  assert.equal(check(whole.replace('10.0.0.2 db ', '10.0.0.2db')), 'half a line')
  assert.equal(check(whole.replace('172.17.0.2\tabc', '172.17.0')), 'half a line')
})
