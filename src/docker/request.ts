import { request as httpRequest, type IncomingMessage } from 'node:http'
import { type Duplex, Readable } from 'node:stream'
import { type Deadline, watch } from './deadline.ts'
import { DockerError } from './errors.ts'
import { wireError } from './wire-errors.ts'

export type Request = {
  /** For messages: `inspect container web`. */
  deed: string
  method: string
  path: string
  headers: Record<string, string>
  body?: Buffer | AsyncIterable<unknown> | undefined
  /** Asks for the bare connection instead of an answer. */
  upgrade?: boolean | undefined
  timeoutMs: number | undefined
  signal?: AbortSignal | undefined
}

export type Answer = {
  response: IncomingMessage
  /** The bare connection, when the engine agreed to one. */
  socket?: Duplex
  /** Still runs: whoever reads the rest sets or ends it. */
  deadline: Deadline
}

/** One request on a connection of its own, up to the answer's headers. */
export const send = (socketPath: string, ask: Request): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { deed, method, path, headers, body, signal } = ask
    if (signal?.aborted) return reject(signal.reason)
    const length = Buffer.isBuffer(body) ? { 'Content-Length': body.length } : {}
    const upgrade = ask.upgrade ? { Connection: 'Upgrade', Upgrade: 'tcp' } : {}
    // No pool: an idle connection that the engine closed meanwhile would fail the next call. Still
    // it is not asked to close: then it may do so before it has read all, and its answer be lost.
    const request = httpRequest({
      socketPath,
      method,
      path,
      headers: { Host: 'docker', Connection: 'keep-alive', ...headers, ...length, ...upgrade },
      agent: false,
    })
    const deadline = watch(request, (ms) => late(deed, ms), signal)
    deadline.within(ask.timeoutMs)

    request.on('error', (error) => {
      deadline.end()
      reject(wireError(deed, error, { socketPath, signal }))
    })
    request.on('response', (response) => {
      // Destroying needs a listener; the error itself reaches whoever reads.
      response.on('error', () => {})
      response.on('close', () => {
        deadline.end()
        // An answer may come before the request is all sent.
        request.destroy()
      })
      deadline.aim(response)
      resolve({ response, deadline })
    })
    request.on('upgrade', (response, socket, head) => {
      if (head.length > 0) socket.unshift(head)
      socket.on('error', () => {})
      socket.on('close', () => deadline.end())
      deadline.aim(socket)
      resolve({ response, socket, deadline })
    })

    if (body === undefined || Buffer.isBuffer(body)) request.end(body)
    else upload(body, request, () => deadline.within(ask.timeoutMs))
  })

const upload = (
  source: AsyncIterable<unknown>,
  request: ReturnType<typeof httpRequest>,
  onProgress: () => void,
): void => {
  const body = source instanceof Readable ? source : Readable.from(source, { objectMode: false })
  body.on('data', onProgress)
  body.on('error', (error) => request.destroy(error))
  request.on('close', () => body.destroy())
  body.pipe(request)
}

const late = (deed: string, ms: number): DockerError =>
  new DockerError('timeout', `${deed}: no answer within ${ms} ms`, { facts: { timeoutMs: ms } })

/** The answer's bytes as they come; the errors are ours. */
export async function* bytesOf(
  answer: Answer,
  ask: { deed: string; socketPath: string; signal?: AbortSignal | undefined },
): AsyncGenerator<Buffer, void, undefined> {
  const source: Readable = answer.socket ?? answer.response
  try {
    for await (const chunk of source) yield chunk
  } catch (error) {
    throw wireError(ask.deed, error, ask)
  } finally {
    answer.deadline.end()
    source.destroy()
  }
}
