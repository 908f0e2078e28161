import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { printable, printableLines } from '../../src/cli/printable.ts'
import { createScreen, type Screen } from '../../src/cli/screen.ts'
import { type Column, renderTable } from '../../src/cli/table.ts'
import { cut, cutMiddle, widthOf, wrap } from '../../src/cli/text-width.ts'

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
    assert.match(
      line ?? '',
      /^web {3}running {2}registry\.ex…y_web:1\.2\.3 {2}waits for role mysql$/,
    )
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

  test('never cuts a word that means nothing in part', () => {
    const never = columns.map((one) => (one.title === 'STATE' ? { ...one, cut: 'never' } : one))
    const rows = [row({ name: 'n'.repeat(50), state: 'backoff for now' })]
    for (let width = 27; width <= 120; width++) {
      const [, line] = renderTable(never as Column<Row>[], rows, plain(width)).split('\n')
      assert.match(line ?? '', / {2}backoff for now( |$)/, `${width}: ${line}`)
    }
  })

  test('has sentences below their rows as soon as one of them does not fit beside', () => {
    const below = columns.map((one) => (one.title === 'REASON' ? { ...one, cut: 'below' } : one))
    const why = 'image registry.example/team/my_web:1.2.3 is not here; next try in 3m'
    const rows = [row({ reason: why, image: 'a' }), row({ reason: '' }), row({ reason: 'short' })]
    const at = (width?: number) => renderTable(below as Column<Row>[], rows, plain(width))
    assert.equal(at(120).split('\n').length, 5)
    assert.ok(at(120).includes(`  ${why}\n`))
    assert.deepEqual(at(60).split('\n').slice(0, 4), [
      'NAME  STATE    IMAGE',
      'web   running  a',
      '    image registry.example/team/my_web:1.2.3 is not here;',
      '    next try in 3m',
    ])
    for (let width = 8; width <= 120; width++) {
      const words = at(width).replace(/\s+/g, '')
      assert.ok(words.includes(why.replace(/\s+/g, '')), `${width}: ${at(width)}`)
    }
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

describe('a text that is too long', () => {
  test('is cut at its end, and a name in its middle, since names begin alike', () => {
    assert.equal(cut('the-database-08b7fd', 12), 'the-databas…')
    assert.equal(cutMiddle('the-database-08b7fd', 12), 'the-da…8b7fd')
    assert.equal(cutMiddle('日本語日本語', 8), '日本…語')
    for (let width = 0; width < 20; width++) {
      assert.ok(widthOf(cutMiddle('日a本b語c日d本e語', width)) <= width)
    }
  })

  test('is wrapped between words, and within one that is wider than the screen', () => {
    assert.deepEqual(wrap('a bc def', 4), ['a bc', 'def'])
    assert.deepEqual(wrap('see abcdefghij now', 4), ['see', 'abcd', 'efgh', 'ij', 'now'])
    assert.deepEqual(wrap('日本', 1), ['日', '本'])
    assert.deepEqual(wrap('', 10), [])
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
