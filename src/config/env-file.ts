import type { Problem } from './config-error.ts'

/** A variable of an env_file; `value` undefined: taken from the node's environment. */
export type EnvLine = { name: string; value: string | undefined; line: number }

/**
 * Reads `NAME=value` lines as Compose does: comments, `export`, quotes; nothing is replaced.
 * Values are never shown in a message.
 */
export const parseEnvFile = (
  file: string,
  text: string,
  report: (problem: Problem) => void,
): EnvLine[] =>
  text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap((raw, index): EnvLine[] => {
      const written = raw.trim().replace(/^export\s+/, '')
      if (written === '' || written.startsWith('#')) return []
      const [, name, rest] = /^([^\s=\p{Cc}]{1,255})\s*(?:=\s*(.*))?$/u.exec(written) ?? []
      const fail = (found: string) => {
        report({ file, line: index + 1, message: `found ${found}, expected NAME=value` })
        return []
      }
      if (name === undefined) return fail('a line without a name')
      if (rest === undefined) return [{ name, value: undefined, line: index + 1 }]
      const value = unquote(rest)
      return value === undefined
        ? fail(`an open quote or text after it in ${name}`)
        : [{ name, value, line: index + 1 }]
    })

const unquote = (written: string): string | undefined => {
  const quote = written[0]
  if (quote === "'") return /^'([^']*)'\s*(?:#.*)?$/.exec(written)?.[1]
  if (quote === '"') {
    const [, inner] = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(written) ?? []
    return inner?.replace(/\\(.)/g, (_, escaped: string) => ESCAPES[escaped] ?? `\\${escaped}`)
  }
  return written.replace(/\s+#.*$/, '')
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' }
