import type { IncomingMessage } from 'node:http'
import { HttpError } from './http-error.ts'
import { JSON_TYPE } from './route.ts'

export const BODY_LIMIT = 64 * 1024

/** The JSON body of a request; throws HttpError. */
export const readJson = async (request: IncomingMessage): Promise<unknown> => {
  const type = request.headers['content-type'] ?? ''
  // A web page may send other types without asking first.
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new HttpError('media-type', `the body must be ${JSON_TYPE}: give Content-Type`)
  }
  const text = await readText(request)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new HttpError('json', `the body is not JSON: ${(error as Error).message.slice(0, 200)}`)
  }
}

/** Whether a body comes with the request. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

const tooLarge = (): HttpError =>
  new HttpError('body-size', `the body may have ${BODY_LIMIT} bytes at most`)

const readText = async (request: IncomingMessage): Promise<string> => {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += chunk.length
      if (size > BODY_LIMIT) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof HttpError) throw error
    // Its caller is gone or was too slow: no failure of ours.
    throw new HttpError('body-time', 'the body did not come', { cause: error })
  }
  return Buffer.concat(chunks).toString('utf8')
}
