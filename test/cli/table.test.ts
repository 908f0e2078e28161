import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { printable, printableLines } from '../../src/cli/printable.ts'
import { createScreen, type Screen } from '../../src/cli/screen.ts'
import { type Column, cut, renderTable, widthOf } from '../../src/cli/table.ts'

type Row = { name: string; state: string; image: string; reason: string }

const columns: Column<Row>[] = [
  { title: 'NAME', value: ({ name }) => name, rank: 0, least: 10 },
  { title: 'STATE', value: ({ state }) => state, style: () => 'green', rank: 1 },
  { title: 'IMAGE', value: ({ image }) => image, rank: 3, least: 10 },
  { title: 'REASON', value: ({ reason }) => reason, rank: 2, least: 12, optional: true },
]

const row = (change: Partial<Row> = {}): Row => ({
  name: 'web',
  state: 'running',
  image: 'registry.example/team/my_web:1.2.3',
  reason: 'waits for role mysql',
  ...change,
})

const plain = (width?: number): Pick<Screen, 'columns' | 'paint'> => ({
  columns: width,
  paint: (_, text) => text,
})

const lines = (rows: Row[], width?: number): string[] =>
  renderTable(columns, rows, plain(width)).split('\n').slice(0, -1)

describe('a table', () => {
  test('without a terminal is cut nowhere', () => {
    assert.deepEqual(lines([row()]), [
      'NAME  STATE    IMAGE                               REASON',
      'web   running  registry.example/team/my_web:1.2.3  waits for role mysql',
    ])
  })

  test('is never wider than the screen, whatever the width', () => {
    const rows = [row(), row({ name: 'a'.repeat(70), reason: 'x'.repeat(300) }), row({ image: '' })]
    for (let width = 8; width <= 200; width++) {
      for (const line of lines(rows, width)) assert.ok(widthOf(line) <= width, `${width}: ${line}`)
    }
  })

  test('cuts the least important column first', () => {
    const [, line] = lines([row()], 60)
    assert.match(line ?? '', /^web {3}running {2}registry\.ex.*… {2}waits for role mysql$/)
  })

  test('leaves the least important column out where even its narrowest does not fit', () => {
    assert.deepEqual(lines([row()], 36), [
      'NAME  STATE    REASON',
      'web   running  waits for role mysql',
    ])
  })

  test('keeps any other column that no row fills', () => {
    assert.match(lines([row({ image: '' })])[0] ?? '', /^NAME {2}STATE {4}IMAGE {2}REASON$/)
  })

  test('leaves out an optional column that no row fills', () => {
    assert.deepEqual(lines([row({ image: 'a', reason: '' })]), [
      'NAME  STATE    IMAGE',
      'web   running  a',
    ])
  })

  test('keeps a hostile name on its line and away from the terminal', () => {
    const [, line] = lines([row({ name: 'x\n\u001b[2J\u202e1.2.3.4 bank', reason: '' })])
    assert.match(line ?? '', /^x\\x0a\\x1b\[2J\\u\{202e\}1\.2\.3\.4 bank {2}running/)
  })

  test('lines up names of wide letters', () => {
    const [, first, second] = lines([row({ name: '日本' }), row({ name: 'abcd' })])
    assert.equal(
      widthOf(first?.split('running')[0] ?? ''),
      widthOf(second?.split('running')[0] ?? ''),
    )
    assert.equal(cut('日本語', 5), '日本…')
  })
})

describe('text of others', () => {
  test('keeps its lines and tabs where lines are wanted, and nothing else that moves', () => {
    assert.equal(printableLines('a\n\tb\r\u0007'), 'a\n\tb\\x0d\\x07')
    assert.equal(printable('tschüß 日本'), 'tschüß 日本')
  })
})

describe('a screen', () => {
  const terminal = { isTTY: true, columns: 100, write: () => true } as never
  const pipe = { write: () => true } as never

  test('shows colours on a terminal only, and never with NO_COLOR', () => {
    assert.equal(createScreen(terminal, {}).paint('red', 'x'), '\u001b[31mx\u001b[0m')
    assert.equal(createScreen(pipe, {}).paint('red', 'x'), 'x')
    assert.equal(createScreen(terminal, { NO_COLOR: '1' }).paint('red', 'x'), 'x')
    assert.equal(createScreen(terminal, { TERM: 'dumb' }).paint('red', 'x'), 'x')
    assert.equal(createScreen(pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }).paint('red', 'x'), 'x')
    assert.notEqual(createScreen(pipe, { FORCE_COLOR: '1' }).paint('red', 'x'), 'x')
  })

  test('has the width of COLUMNS, else of the terminal, else none', () => {
    assert.equal(createScreen(terminal, { COLUMNS: '72' }).columns, 72)
    assert.equal(createScreen(terminal, { COLUMNS: 'x' }).columns, 100)
    assert.equal(createScreen(pipe, {}).columns, undefined)
  })
})
