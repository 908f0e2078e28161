import { printable } from './printable.ts'
import type { Screen, Style } from './screen.ts'
import { cut, cutMiddle, widthOf, wrap } from './text-width.ts'

export type Column<Row> = {
  title: string
  value(row: Row): string
  style?(row: Row): Style | undefined
  /** Rank of importance: where the lines are too long, the column with the highest is cut first. */
  rank: number
  /** How narrow it may become; narrower, it is left out. Default: its title, 6 at least. */
  least?: number
  /**
   * What becomes of a text that is too long: `middle` (the default) keeps the end of a name, `end`
   * the start of a list; `never` is for words that mean nothing in part; `below` is for sentences:
   * they go on lines of their own below their row, in all rows or in none.
   */
  cut?: 'middle' | 'end' | 'never' | 'below'
  /** Left out when no row has a value. */
  optional?: boolean
}

const GAP = '  '
const BELOW_INDENT = 4

type Width = { natural: number; least: number; rank: number }

const total = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, widths.length - 1)

/**
 * Widths that fit in `room`: the least important columns become narrow first, and vanish (0) when
 * that is not enough.
 */
const fit = (columns: readonly Width[], room: number): number[] => {
  const order = columns.map((_, at) => at).sort((a, b) => columns[b]!.rank - columns[a]!.rank)
  const gone = new Set<number>()
  for (;;) {
    const widths = columns.map(({ natural }, at) => (gone.has(at) ? 0 : natural))
    const over = (): number => total(widths.filter((width) => width > 0)) - room
    for (const at of order) {
      const { natural, least } = columns[at]!
      if (gone.has(at) || over() <= 0) continue
      widths[at] = Math.max(Math.min(natural, least), natural - over())
    }
    const next = order[gone.size]
    if (over() <= 0 || next === undefined) return widths
    // The last one alone may be as narrow as the screen.
    if (gone.size === columns.length - 1) return widths.map((width) => Math.min(width, room))
    gone.add(next)
  }
}

const widthsOf = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  room: number | undefined,
): number[] => {
  const wanted = columns.map(({ title, value, least = 6, rank, cut }) => {
    const texts = rows.map((row) => widthOf(printable(value(row))))
    const natural = Math.max(widthOf(title), ...texts)
    return { natural, least: cut === 'never' ? natural : Math.max(least, widthOf(title)), rank }
  })
  return room === undefined ? wanted.map(({ natural }) => natural) : fit(wanted, room)
}

/** The table's lines, headed by the titles; no line is wider than the screen. */
export const renderTable = <Row>(
  all: readonly Column<Row>[],
  rows: readonly Row[],
  { columns: room, paint }: Pick<Screen, 'columns' | 'paint'>,
): string => {
  const columns = all.filter((column) => !column.optional || rows.some((row) => column.value(row)))
  const textOf = (column: Column<Row>, row: Row): string => printable(column.value(row))
  const whole = widthsOf(columns, rows, room)
  const below = columns.filter(
    (column, at) =>
      column.cut === 'below' && rows.some((row) => widthOf(textOf(column, row)) > whole[at]!),
  )
  const beside = columns.filter((column) => !below.includes(column))
  const widths = below.length === 0 ? whole : widthsOf(beside, rows, room)

  const lastShown = widths.findLastIndex((width) => width > 0)
  const line = (texts: string[], style: (at: number) => Style | undefined): string =>
    texts
      .map((text, at) => {
        if (!widths[at]) return undefined
        const shown = (beside[at]?.cut === 'end' ? cut : cutMiddle)(text, widths[at])
        const padding = at === lastShown ? '' : ' '.repeat(widths[at] - widthOf(shown))
        return paint(style(at), shown) + padding
      })
      .filter((cell) => cell !== undefined)
      .join(GAP)
      .trimEnd()
  // Nothing goes below where nothing is cut.
  const width = room ?? Number.POSITIVE_INFINITY
  const linesBelow = (column: Column<Row>, row: Row): string[] => {
    const indent = Math.min(BELOW_INDENT, Math.floor(width / 4))
    const lines = wrap(textOf(column, row), width - indent)
    return lines.map((text) => ' '.repeat(indent) + paint(column.style?.(row), text))
  }

  const titles = beside.map(({ title }) => title)
  const body = rows.flatMap((row) => [
    line(
      beside.map((column) => textOf(column, row)),
      (at) => beside[at]!.style?.(row),
    ),
    ...below.flatMap((column) => linesBelow(column, row)),
  ])
  return [line(titles, () => 'bold'), ...body].map((text) => `${text}\n`).join('')
}
