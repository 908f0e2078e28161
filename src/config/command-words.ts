import { text } from './scalars.ts'
import { Advice, listOf, parsed, type Shape } from './shape.ts'
import { textOf } from './yaml-value.ts'

/**
 * Splits a command as a shell would read its words: quotes and backslashes, nothing else. No shell
 * runs it, so an operator between words is a mistake.
 */
export const splitWords = (command: string): string[] | Advice => {
  const words: string[] = []
  for (let at = 0; ; ) {
    while (SPACE.test(command[at] ?? '')) at++
    if (at >= command.length) return words
    const start = at
    const word = readWord(command, at)
    if (word instanceof Advice) return word
    at = word.end
    if (OPERATOR.test(command.slice(start, at))) {
      return new Advice(`no shell runs it; use ["sh", "-c", "..."] for ${command.slice(start, at)}`)
    }
    words.push(word.text)
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

const readWord = (command: string, start: number): { text: string; end: number } | Advice => {
  let word = ''
  let quote = ''
  let at = start
  for (; at < command.length; at++) {
    const character = command[at]!
    const next = command[at + 1]
    if (quote === '' && SPACE.test(character)) break
    if (character === '\\' && quote !== "'") {
      if (next === undefined) return new Advice('nothing follows the last backslash')
      // Between double quotes a backslash means itself unless it protects something.
      if (quote === '"' && next !== '"' && next !== '\\') word += character
      word += next
      at++
    } else if (character === quote) {
      quote = ''
    } else if (quote === '' && (character === '"' || character === "'")) {
      quote = character
    } else {
      word += character
    }
  }
  if (quote !== '') return new Advice(`close the quote ${quote}`)
  return { text: word, end: at }
}
