// What would move a terminal's cursor, change its colours or reorder its text: controls (Cc),
// format characters such as bidi overrides and zero-width ones (Cf), line separators, lone
// surrogates and private use.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu

const escaped = (char: string): string => {
  const code = char.codePointAt(0) ?? 0
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u{${code.toString(16).padStart(4, '0')}}`
}

/**
 * Text of a member, child or engine made safe for a terminal, on one line: names and tags of other
 * members are whatever their sender likes.
 */
export const printable = (text: string): string => text.replace(UNSAFE, escaped)

/** As `printable`, for text of many lines: newlines and tabs stay. */
export const printableLines = (text: string): string =>
  text.replace(UNSAFE, (char) => (char === '\n' || char === '\t' ? char : escaped(char)))
