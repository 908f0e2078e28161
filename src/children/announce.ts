import type { Logger } from '../lib/log.ts'
import type { ChildStatus } from './status.ts'

/** A child as the log sees it. */
export type Told = { status: ChildStatus; failures: number; heldMs: number }

type Line = { level: 'info' | 'warn'; message: string }

// The longest wait is a minute; jitter may take a fifth of it.
const LONGEST_MS = 48_000

/** Logs one line for each change of a child, and not for each crash of a loop. */
export const announce = (log: Logger, before: Told, after: Told): void => {
  const { name, container, restarts, last_reason } = after.status
  for (const { level, message } of changes(before, after)) {
    log[level]({ child: name, container, restarts, reason: last_reason }, message)
  }
}

/** What there is to say about the way from `before` to `after`. */
export const changes = (before: Told, after: Told): Line[] => {
  const { status } = after
  const was = before.status
  const warn = (what: string): Line => ({ level: 'warn', message: `child ${status.name}: ${what}` })
  const info = (what: string): Line => ({ level: 'info', message: `child ${status.name}: ${what}` })

  const lines = status.warnings.filter((text) => !was.warnings.includes(text)).map(warn)
  const isFirst = before.failures === 0 && after.failures > 0
  if (after.failures > 0 && (isFirst || status.last_reason !== was.last_reason)) {
    lines.push(warn(`${status.last_reason}; tried again until it works`))
  } else if (after.heldMs >= LONGEST_MS && before.heldMs < LONGEST_MS) {
    lines.push(warn(`keeps failing (${status.last_reason}); tried once a minute`))
  }
  if (before.failures > 0 && after.failures === 0 && status.state === 'running') {
    lines.push(info('runs well again'))
  }
  if (status.state === was.state && waitsFor(status) === waitsFor(was)) return lines

  if (status.state === 'waiting') lines.push(info(`waits for ${waitsFor(status)}`))
  if (status.state === 'paused') lines.push(info('paused by hand'))
  if (status.state === 'stopped') lines.push(info('stopped by hand; docker start goes on'))
  if (status.state === 'pulling' && after.failures === 0) lines.push(info(`pulls ${status.image}`))
  if (status.state === 'running' && after.failures === 0) lines.push(info('runs'))
  return lines
}

const waitsFor = (status: ChildStatus): string => (status.waiting_for ?? []).join(', ')
