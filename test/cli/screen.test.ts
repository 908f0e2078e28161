import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, test } from 'node:test'
import { createScreen } from '../../src/cli/screen.ts'

const terminal = (columns?: number, rows?: number) =>
  Object.assign(new PassThrough(), { isTTY: true, columns, rows })

describe('a screen', () => {
  test('is as wide as its terminal, or as COLUMNS says', () => {
    assert.equal(createScreen(terminal(133), {}).columns, 133)
    assert.equal(createScreen(terminal(133), { COLUMNS: '60' }).columns, 60)
  })

  test('has 80 columns when the terminal does not know its size', () => {
    assert.equal(createScreen(terminal(0, 0), {}).columns, 80)
    assert.equal(createScreen(terminal(), {}).columns, 80)
    assert.equal(createScreen(terminal(0, 0), {}).rows, undefined)
  })

  test('cuts nothing where it is no terminal', () => {
    assert.equal(createScreen(new PassThrough(), {}).columns, undefined)
  })
})
