import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isMemberName, isName, isRole } from '../../src/catalog/fields.ts'
import { isHostName } from '../../src/catalog/host-name.ts'
import { showText } from '../../src/catalog/show-text.ts'

describe('names', () => {
  test('a host name is one label', () => {
    for (const name of [
      'rabbit',
      'no_role',
      'ipython1',
      'a',
      'A-1',
      '_x',
      '9lives',
      'x'.repeat(63),
    ]) {
      assert.ok(isHostName(name), name)
    }
  })

  test('a host name is no number, no name of the world and no name of the machine', () => {
    const bad = ['', 'my role', '10', '0x7f', 'bank.com', '-a', 'a-', 'localhost', 'LOCALHOST']
    for (const name of [...bad, 'ip6-loopback', 'x'.repeat(64), 'a\nb', 'é', 'a/b', '0X1']) {
      assert.equal(isHostName(name), false, JSON.stringify(name))
    }
  })

  test('a role may have spaces and dots, and be no host name', () => {
    for (const role of ['my role', 'a.b', '10', 'x'.repeat(128), 'a#b', 'C++']) {
      assert.ok(isRole(role), role)
    }
  })

  test('a role is no path, no control text, no letter of another script, not too long', () => {
    const bad = [
      '',
      ' ',
      ' a',
      'a ',
      '.',
      '..',
      'a/b',
      'a\\b',
      '__proto__',
      'localhost',
      'evil.localhost',
      'a\n',
    ]
    for (const role of [...bad, 'a\u2028', 'r\u0430bbit', '\x1b[2J', 'x'.repeat(129), 'a\x7f']) {
      assert.equal(isRole(role), false, JSON.stringify(role))
    }
  })

  test('the names we make ourselves are accepted', () => {
    for (const name of ['no_role-0123ab', 'mysql', 'my.host', 'a']) assert.ok(isName(name), name)
    assert.ok(isMemberName('no_role-0123ab.c0ffee'))
  })

  test('a name is a word with dots between parts', () => {
    for (const name of [
      '',
      '.',
      '..',
      'a..b',
      '.a',
      'a.',
      'a b',
      'a\n',
      '__proto__',
      'localhost',
    ]) {
      assert.equal(isName(name), false, JSON.stringify(name))
    }
    assert.equal(isName('x'.repeat(64)), false)
    assert.equal(isMemberName('x'.repeat(129)), false)
  })

  test('a foreign text is shown as printable ASCII and cut', () => {
    assert.equal(showText('a\nb\t\x1b[2J\\'), 'a\\nb\\t\\x1b[2J\\\\')
    assert.equal(showText('r\u0430bbit \u{1f600}\ud800'), 'r\\u{430}bbit \\u{1f600}\\u{d800}')
    assert.equal(showText('my role-1.abc'), 'my role-1.abc')
    assert.equal(showText('x'.repeat(300), 10), `${'x'.repeat(10)}...(300)`)
  })
})
