import { CliError } from './cli-error.ts'

/** More than Serf can carry in any message. */
const MOST_BYTES = 64 * 1024

/** All of stdin. Throws CliError `usage` when it is more than any payload can be. */
export const readStdin = async (stdin: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stdin) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MOST_BYTES) {
      throw new CliError('usage', `read the payload from stdin: more than ${MOST_BYTES} bytes`, {
        hint: 'events and queries carry some hundred bytes: send a place to fetch the rest from',
      })
    }
  }
  return Buffer.concat(chunks)
}
