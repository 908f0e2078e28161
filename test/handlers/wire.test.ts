import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lineCutter, readFromModule } from '../../src/handlers/wire.ts'

describe('what a module sends', () => {
  test('is taken when it is right', () => {
    for (const message of [
      { type: 'ready', keys: ['user:a'] },
      { type: 'pong' },
      { type: 'done', seq: 1 },
      { type: 'done', seq: 1, answer: 'aGk=' },
      { type: 'done', seq: 1, error: 'x' },
      { type: 'call', id: 1, method: 'raise', args: ['a'] },
      { type: 'cancel', id: 1 },
      { type: 'broken', message: 'x' },
    ]) {
      assert.deepEqual(readFromModule(JSON.stringify(message)), message)
    }
  })

  test('is refused when it is not', () => {
    for (const line of [
      ...['', 'x', '1', 'null', '[]', '{}', '{"type":"ready"}', '{"type":"done"}'],
      ...['{"type":"done","seq":"1"}', '{"type":"done","seq":1,"answer":1}'],
      ...['{"type":"ready","keys":[1]}', '{"type":"call","id":1,"method":"raise"}'],
      JSON.stringify({ type: 'ready', keys: Array.from({ length: 2_000 }, () => 'start') }),
      JSON.stringify({ type: 'ready', keys: ['x'.repeat(1_000)] }),
    ]) {
      assert.throws(() => readFromModule(line), { code: 'wire' }, line)
    }
  })
})

describe('lines', () => {
  test('come out whole, however the bytes are cut', () => {
    const bytes = Buffer.from('one\n\nzwö\nthree')
    for (let size = 1; size <= bytes.length; size++) {
      const lines: string[] = []
      const cut = lineCutter(100, (line) => lines.push(line))
      for (let at = 0; at < bytes.length; at += size) assert.ok(cut(bytes.subarray(at, at + size)))
      assert.deepEqual(lines, ['one', '', 'zwö'])
    }
  })

  test('that are too long are refused, with an end and without', () => {
    assert.equal(lineCutter(3, () => {})(Buffer.from('four\n')), false)
    assert.equal(lineCutter(3, () => {})(Buffer.from('four')), false)
    const cut = lineCutter(3, () => {})
    assert.ok(cut(Buffer.from('tw')))
    assert.equal(cut(Buffer.from('o2\n')), false)
  })
})
