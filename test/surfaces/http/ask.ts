import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'

export type To = { socketPath: string } | { port: number }
export type Asking = {
  method?: string
  headers?: Record<string, string>
  body?: unknown
  /** As it is, in place of `body`. */
  raw?: string | Buffer
}
export type Answered = { status: number; headers: IncomingHttpHeaders; text: string }

/** Begins a request and gives the answer as soon as its headers are there. */
export const open = (to: To, path: string, asking: Asking = {}): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body, raw } = asking
    const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const length = text === undefined ? {} : { 'content-length': Buffer.byteLength(text) }
    const place = 'port' in to ? { host: '127.0.0.1', port: to.port } : to
    const asked = request(
      { ...place, path, method, agent: false, headers: { ...type, ...length, ...headers } },
      resolve,
    )
    asked.on('error', reject)
    asked.end(text)
  })

export const ask = async (to: To, path: string, asking: Asking = {}): Promise<Answered> => {
  const answer = await open(to, path, asking)
  let text = ''
  answer.setEncoding('utf8')
  for await (const piece of answer) text += piece
  return { status: answer.statusCode ?? 0, headers: answer.headers, text }
}

/** The JSON of an answer that must be a 200. */
export const get = async (to: To, path: string, headers: Record<string, string> = {}) => {
  const { status, text } = await ask(to, path, { headers })
  if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
  return JSON.parse(text)
}

/** The code of the problem that the answer is. */
export const refusal = async (to: To, path: string, asking: Asking = {}): Promise<string> => {
  const { status, headers, text } = await ask(to, path, asking)
  const problem = JSON.parse(text)
  if (headers['content-type'] !== 'application/problem+json' || problem.status !== status) {
    throw new Error(`no problem: ${status} ${text}`)
  }
  return `${status} ${problem.code}`
}
