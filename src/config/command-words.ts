import { text } from './scalars.ts'
import { Advice, listOf, parsed, type Shape } from './shape.ts'
import { textOf } from './yaml-value.ts'

/**
 * Splits a command as a shell would read its words: quotes and backslashes, nothing else. No shell
 * runs it, so an operator between words is a mistake.
 */
export const splitWords = (command: string): string[] | Advice => {
  const words = wordsOf(command)
  return Array.isArray(words) ? words.map(({ text }) => text) : new Advice(words.problem)
}

/** A word and where it begins. */
export type Word = { text: string; at: number }

/** As splitWords, with places: of every word, or of what is wrong. */
export const wordsOf = (command: string): Word[] | { problem: string; at: number } => {
  const words: Word[] = []
  for (let at = 0; ; ) {
    while (SPACE.test(command[at] ?? '')) at++
    if (at >= command.length) return words
    const start = at
    const word = readWord(command, at)
    if ('problem' in word) return word
    at = word.end
    const written = command.slice(start, at)
    if (OPERATOR.test(written)) {
      const problem = `no shell runs it; use ["sh", "-c", "..."] for ${written}`
      return { problem, at: start }
    }
    words.push({ text: word.text, at: start })
  }
}

/** A command as a text or as a list of its words. */
export const commandWords: Shape<string[]> = {
  expected: 'a command, or a list of its words',
  schema: { type: ['string', 'array'], items: { type: ['string', 'number', 'boolean'] } },
  read: (value) => (textOf(value) === undefined ? wordList : wordText).read(value),
}

const wordList = listOf(text('a word of the command'))
const wordText = parsed({ expected: 'a command, or a list of its words', parse: splitWords })

const SPACE = /[ \t\r\n]/
const OPERATOR = /^(&&|\|\|?|&|;|>>?|<<?|[12]?>(&[12])?)$/

type Read = { text: string; end: number } | { problem: string; at: number }

const readWord = (command: string, start: number): Read => {
  let word = ''
  let quote = ''
  let opened = start
  let at = start
  for (; at < command.length; at++) {
    const character = command[at]!
    const next = command[at + 1]
    if (quote === '' && SPACE.test(character)) break
    if (character === '\\' && quote !== "'") {
      if (next === undefined) return { problem: 'nothing follows the last backslash', at }
      // Between double quotes a backslash means itself unless it protects something.
      if (quote === '"' && next !== '"' && next !== '\\') word += character
      word += next
      at++
    } else if (character === quote) {
      quote = ''
    } else if (quote === '' && (character === '"' || character === "'")) {
      quote = character
      opened = at
    } else {
      word += character
    }
  }
  if (quote !== '') return { problem: `close the quote ${quote}`, at: opened }
  return { text: word, end: at }
}
