import { printable } from './printable.ts'
import type { Screen, Style } from './screen.ts'

export type Column<Row> = {
  title: string
  value(row: Row): string
  style?(row: Row): Style | undefined
  /** Rank of importance: where the lines are too long, the column with the highest is cut first. */
  rank: number
  /** How narrow it may become; narrower, it is left out. Default: its title, 6 at least. */
  least?: number
  /** Left out when no row has a value. */
  optional?: boolean
}

const GAP = '  '
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u

/** Columns that `text` takes on a terminal. */
export const widthOf = (text: string): number => {
  let width = 0
  for (const char of text) width += WIDE.test(char) ? 2 : /\p{Mn}/u.test(char) ? 0 : 1
  return width
}

/** `text` cut to `width` columns, with an ellipsis where something is missing. */
export const cut = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text
  let kept = ''
  let used = 0
  for (const char of text) {
    used += widthOf(char)
    if (used > width - 1) break
    kept += char
  }
  return width > 0 ? `${kept}…` : ''
}

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

/** The table's lines, headed by the titles; no line is wider than the screen. */
export const renderTable = <Row>(
  all: readonly Column<Row>[],
  rows: readonly Row[],
  { columns: room, paint }: Pick<Screen, 'columns' | 'paint'>,
): string => {
  const columns = all.filter((column) => !column.optional || rows.some((row) => column.value(row)))
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))))
  const natural = columns.map((column, at) =>
    Math.max(widthOf(column.title), ...cells.map((row) => widthOf(row[at]!))),
  )
  const wanted = columns.map(({ title, least = 6, rank }, at) => ({
    natural: natural[at]!,
    least: Math.max(least, widthOf(title)),
    rank,
  }))
  const widths = room === undefined ? natural : fit(wanted, room)

  const lastShown = widths.findLastIndex((width) => width > 0)
  const line = (texts: string[], style: (at: number) => Style | undefined): string =>
    texts
      .map((text, at) => {
        if (!widths[at]) return undefined
        const shown = cut(text, widths[at])
        const padding = at === lastShown ? '' : ' '.repeat(widths[at] - widthOf(shown))
        return paint(style(at), shown) + padding
      })
      .filter((cell) => cell !== undefined)
      .join(GAP)
      .trimEnd()

  const titles = columns.map((column) => column.title)
  const body = cells.map((row, index) => line(row, (at) => columns[at]!.style?.(rows[index]!)))
  return [line(titles, () => 'bold'), ...body].map((text) => `${text}\n`).join('')
}
