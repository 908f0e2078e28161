import { DockerError, type DockerErrorCode } from './errors.ts'
import { jsonLines } from './json-lines.ts'

const NO_SUCH_IMAGE =
  /manifest unknown|not found|pull access denied|does not exist|no matching manifest/i

/**
 * The lines of a pull or a build. Once such an answer has begun, its status says nothing any more:
 * a failure is a line with `error`, and becomes a DockerError of code `otherwise`, or `not-found`
 * when the registry lacks an image.
 */
export async function* progress(
  bytes: AsyncIterable<Buffer>,
  deed: string,
  failed: (message: string) => { code: DockerErrorCode; facts?: Record<string, unknown> },
): AsyncGenerator<Record<string, unknown>, void, undefined> {
  for await (const line of jsonLines(bytes, deed)) {
    yield line
    if (line['error'] === undefined) continue
    const message = messageOf(line)
    const { code, facts } = failed(message)
    throw new DockerError(code, `${deed}: ${message}`, { facts: { ...facts, message } })
  }
}

/** Whether the engine's words mean that a registry lacks an image. */
export const isNoSuchImage = (message: string): boolean => NO_SUCH_IMAGE.test(message)

const messageOf = (line: Record<string, unknown>): string => {
  const detail = (line['errorDetail'] as { message?: unknown } | null | undefined)?.message
  return String(detail || line['error']).trim()
}
