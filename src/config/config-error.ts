import { SerfnodeError } from '../lib/errors.ts'
import { printable } from './printable.ts'

/** One thing that is wrong, and where. `file` is `environment` for variables. */
export type Problem = { file: string; line?: number; column?: number; message: string }

const MOST_SHOWN = 10
const MOST_KEPT = 1000

/**
 * The settings are wrong, code `config`, never retryable. `problems` holds the first ten; the
 * message has one line for each, `file:line:column: what was found, what was expected`.
 */
export class ConfigError extends SerfnodeError<'config'> {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    const shown = [...problems].sort(byPlace).slice(0, MOST_SHOWN)
    const rest = problems.length - shown.length
    const lines = shown.map(formatProblem)
    if (rest > 0) lines.push(`and ${rest}${problems.length >= MOST_KEPT ? ' or more' : ''} others`)
    super('config', lines.join('\n'), { facts: { problems: shown } })
    this.problems = shown
  }
}

/** `serfnode.yml:3:14: serfnode.role: found ...`; a person's editor can jump there. */
export const formatProblem = ({ file, line, column, message }: Problem): string =>
  [file, line, column, ` ${message}`].filter((part) => part !== undefined).join(':')

/** Gathers problems and warnings, so that one run of a command shows several. */
export type Findings = {
  problem: (problem: Problem) => void
  warning: (problem: Problem) => void
  warnings: () => string[]
  /** @throws ConfigError when there was any problem. */
  throwIfAny: () => void
}

export const createFindings = (): Findings => {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const keep = (list: Problem[], found: Problem) => {
    if (list.length >= MOST_KEPT) return
    list.push({ ...found, file: printable(found.file), message: printable(found.message) })
  }
  return {
    problem: (found) => keep(problems, found),
    warning: (found) => keep(warnings, found),
    warnings: () => [...new Set([...warnings].sort(byPlace).map(formatProblem))],
    throwIfAny: () => {
      if (problems.length > 0) throw new ConfigError(problems)
    },
  }
}

const byPlace = (a: Problem, b: Problem): number =>
  a.file === b.file
    ? (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
    : Number(b.file === 'environment') - Number(a.file === 'environment')
