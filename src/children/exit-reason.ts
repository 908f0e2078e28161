import { constants } from 'node:os'
import type { Seen } from './types.ts'

/** Why a container ended, in a person's words: `exited with code 1`. */
export const exitReason = ({ exitCode, oom }: Pick<Seen, 'exitCode' | 'oom'>): string => {
  if (oom) return `ran out of memory (code ${exitCode})`
  const signal = signalName(exitCode - 128)
  return signal ? `ended by ${signal} (code ${exitCode})` : `exited with code ${exitCode}`
}

const signalName = (number: number): string | undefined =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0]
