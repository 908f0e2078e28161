/**
 * Foreign text made safe for a terminal, a log and a table: printable ASCII stays, everything
 * else becomes an escape (`\n`, `\x1b`, `\u{430}`), and what is longer than `max` is cut.
 */
export const showText = (text: string, max = 128): string => {
  const head = text.length > max ? text.slice(0, max) : text
  const shown = head.replace(/[^\x20-\x5b\x5d-\x7e]/gu, escaped)
  return head === text ? shown : `${shown}...(${text.length})`
}

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`)
}
