const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu
// Not the `SN1-...` of our own words.
const TOKEN = /SN1-(?!\.\.\.(?:[\s,;]|$))[^\s"',;]*/gi
const LONGEST = 60

/**
 * The text as it may be shown: control and direction characters escaped, and whatever looks like
 * a join token masked, because errors end in logs.
 */
export const printable = (text: string): string =>
  text.replace(TOKEN, 'SN1-(masked)').replace(UNPRINTABLE, escaped)

/** Quoted, printable and short. */
export const quoted = (text: string): string => {
  // All that follows, before it is cut: a part of a token is still a part of a secret.
  const whole = printable(text.replace(/SN1-.*$/is, 'SN1-(masked)'))
  return `"${whole.length > LONGEST ? `${whole.slice(0, LONGEST)}...` : whole}"`
}

/** For values that are, or may be, a secret gone wrong: nothing of it but its length. */
export const masked = (text: string): string => `${text.length} masked characters`

/** Whether `text` is fit for names that people read: no control or direction characters. */
export const isPrintable = (text: string): boolean => text.search(UNPRINTABLE) < 0

const escaped = (character: string): string => {
  if (character === '\n') return '\\n'
  if (character === '\t') return '\\t'
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
