/** More cannot be an answer; the agent cuts it to what Serf carries and says so. */
const MOST_BYTES = 64 * 1024

/** What a function returned, as the bytes of an answer. Throws TypeError for what is no JSON. */
export const answerBytes = (answer: unknown): Buffer | undefined => {
  if (answer === undefined || answer === null) return undefined
  if (typeof answer === 'string') return Buffer.from(answer).subarray(0, MOST_BYTES)
  if (answer instanceof Uint8Array) return Buffer.from(answer).subarray(0, MOST_BYTES)
  const text = JSON.stringify(answer)
  return text === undefined ? undefined : Buffer.from(text).subarray(0, MOST_BYTES)
}
