const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u

/** Columns that `text` takes on a terminal. */
export const widthOf = (text: string): number => {
  let width = 0
  for (const char of text) width += WIDE.test(char) ? 2 : /\p{Mn}/u.test(char) ? 0 : 1
  return width
}

/** The start of `text` that fits in `width` columns. */
const startOf = (text: string, width: number): string => {
  let kept = ''
  let used = 0
  for (const char of text) {
    used += widthOf(char)
    if (used > width) break
    kept += char
  }
  return kept
}

/** `text` cut to `width` columns, with an ellipsis where something is missing. */
export const cut = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text
  return width > 0 ? `${startOf(text, width - 1)}…` : ''
}

/** As `cut`, but of names, which begin alike and are told apart by their end. */
export const cutMiddle = (text: string, width: number): string => {
  if (widthOf(text) <= width || width < 5) return cut(text, width)
  const end = Math.floor((width - 1) / 2)
  const backwards = startOf([...text].reverse().join(''), end)
  return `${startOf(text, width - 1 - end)}…${[...backwards].reverse().join('')}`
}

/** `text` in lines of at most `width` columns, broken between words where that can be. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = []
  for (let word of text.split(' ').filter(Boolean)) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width) {
      lines[lines.length - 1] = `${last} ${word}`
      continue
    }
    while (widthOf(word) > width) {
      // A letter wider than the screen has a line of its own.
      const part = startOf(word, width) || (word.match(/^./su)?.[0] ?? '')
      lines.push(part)
      word = word.slice(part.length)
    }
    if (word) lines.push(word)
  }
  return lines
}
