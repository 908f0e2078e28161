import { HttpError } from './http-error.ts'

/**
 * So many at a time: who holds a slot has it until its `signal` aborts, which it does at the end of
 * each request. Throws HttpError `busy` when none is left.
 */
export const createSlots = (most: number, what: string) => {
  let held = 0
  return (signal: AbortSignal): void => {
    if (held >= most) {
      throw new HttpError('busy', `${most} ${what} are under way, as many as there may be`, {
        facts: { headers: { 'retry-after': '1' } },
      })
    }
    if (signal.aborted) return
    held++
    signal.addEventListener('abort', () => held--, { once: true })
  }
}
