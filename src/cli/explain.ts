import { ConfigError } from '../config/config-error.ts'
import { engineAdvice, isDiskFull } from '../docker/advice.ts'
import { describeError, SerfnodeError } from '../lib/errors.ts'
import { printableLines } from './printable.ts'
import type { Screen } from './screen.ts'

const BY_CODE: Record<string, string> = {
  'DockerError unreachable':
    'start Docker, or say where its socket is: DOCKER_HOST=unix:///run/user/1000/docker.sock',
  'DockerError denied':
    'become root, or join the group that may use Docker: usermod -aG docker USER',
  'DockerError timeout': 'the engine is busy or hangs: docker info says more',
}

const hintOf = (error: unknown): string | undefined => {
  const advice = engineAdvice(error)
  if (isDiskFull(error)) return advice
  for (let at = error; at instanceof Error; at = at.cause) {
    if (!(at instanceof SerfnodeError)) continue
    const hint = at.facts['hint'] ?? advice ?? BY_CODE[`${at.name} ${at.code}`]
    if (typeof hint === 'string') return hint
  }
  return undefined
}

// Errors with a code are the system's or ours and say enough; the rest are mistakes in here.
const isBug = (error: unknown): error is Error => error instanceof Error && !('code' in error)

/**
 * What a person reads of an error: one line of causes, then what to do next where we know. Of wrong
 * settings a line for each, with its place at the start, where editors look for it.
 */
export const explain = (error: unknown, { paint }: Pick<Screen, 'paint'>): string[] => {
  if (error instanceof ConfigError) return printableLines(error.message).split('\n')
  const causes = `${paint('red', 'error:')} ${printableLines(describeError(error))}`
  const hint = hintOf(error)
  return [
    causes,
    ...(hint === undefined ? [] : [printableLines(hint)]),
    ...(isBug(error) ? [printableLines(error.stack ?? '')] : []),
  ]
}
