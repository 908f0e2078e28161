import { Composer, type CST, type Document, Lexer, LineCounter, Parser } from 'yaml'
import { indexAliases } from './yaml-anchors.ts'
import type { Place, Source, Value } from './yaml-value.ts'

const MOST_BYTES = 1024 * 1024
const MOST_TOKENS = 200_000
const DEEPEST = 50
/** Values read, aliases resolved: ends a bomb of aliases. */
const MOST_VALUES = 100_000
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/

export type YamlFile = {
  /** As shown in messages. */
  file: string
  text: string
  report: Source['report']
  warn: Source['warn']
  /** For YAML in a variable: the path that replaces line and column. */
  variable?: string
}

/**
 * The root of one YAML document, or undefined when it cannot be read: then it was reported. Limits
 * hold before the library builds anything: deep nesting makes it use up the stack, or Node abort.
 */
export const parseYaml = (yaml: YamlFile): Value | undefined => {
  const lines = new LineCounter()
  const place = (offset: number): Place => {
    if (yaml.variable !== undefined) return {}
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const fail = (message: string, offset?: number): undefined => {
    const prefix = yaml.variable === undefined ? '' : `${yaml.variable}: `
    const at = offset === undefined ? {} : place(offset)
    yaml.report({ file: yaml.file, ...at, message: prefix + message })
  }

  const text = yaml.text.replace(/^\ufeff/, '')
  countLines(text, lines)
  const bytes = Buffer.byteLength(text)
  if (bytes > MOST_BYTES) return fail(`found ${bytes} bytes, expected 1 MiB at most`)
  const foreign = text.indexOf('\ufffd')
  if (foreign >= 0) return fail('found bytes that are no UTF-8; save the file as UTF-8', foreign)
  const control = text.search(CONTROL)
  if (control >= 0) return fail('found a control character, expected text; remove it', control)

  const documents = compose(text, fail)
  const document = documents?.[0]
  if (documents === undefined || document === undefined) return undefined
  const [error] = [...document.errors, ...document.warnings]
  if (error !== undefined) return fail(advise(error.code, error.message), error.pos[0])
  if (documents[1] !== undefined) {
    return fail('found a second document, expected one; remove the "---"', documents[1].range[0])
  }
  const source: Source = {
    file: yaml.file,
    place,
    report: yaml.report,
    warn: yaml.warn,
    aliases: new Map(),
    budget: { left: MOST_VALUES },
  }
  const root: Value = { node: document.contents, path: yaml.variable ?? '', source }
  return indexAliases(document, root) ? root : undefined
}

const compose = (
  text: string,
  fail: (message: string, offset?: number) => undefined,
): Document.Parsed[] | undefined => {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  let count = 0
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme))
    count++
    // Each level of block nesting takes up to three places of the stack.
    if (parser.stack.length > DEEPEST * 3) {
      return fail(`nested too deeply, expected ${DEEPEST} levels at most`, parser.offset)
    }
    if (count > MOST_TOKENS) {
      return fail(
        `too much in one file, expected ${MOST_TOKENS} YAML tokens at most`,
        parser.offset,
      )
    }
  }
  tokens.push(...parser.end())
  // Named, the schema stays the same under a `%YAML 1.1` line.
  const composer = new Composer({ schema: 'core', uniqueKeys: false, prettyErrors: false })
  return [...composer.compose(tokens, true, text.length)]
}

const countLines = (text: string, lines: LineCounter): void => {
  lines.addNewLine(0)
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    lines.addNewLine(at + 1)
  }
}

const ADVICE: Record<string, string> = {
  TAB_AS_INDENT: 'found a tab as indentation, expected spaces',
  RESOURCE_EXHAUSTION: 'nested too deeply',
}

const advise = (code: string, message: string): string =>
  ADVICE[code] ?? `no valid YAML: ${message.replace(/\s+/g, ' ').trim()}`
