import { rm } from 'node:fs/promises'
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { deferred } from '../../src/lib/deferred.ts'

export type Fault =
  /** The engine is asked only after `ms`. */
  | { type: 'delay'; ms: number }
  /** Answered in the engine's place. */
  | { type: 'status'; status: number; message?: string }
  /** Taken and never answered; the engine does not see it. */
  | { type: 'hang' }
  /** The engine's answer ends, with its connection, after `bytes` of the body. */
  | { type: 'truncate'; bytes: number }
  /** The connection is cut; the engine does not see the request. */
  | { type: 'drop' }
  /** The engine does what was asked, but the connection is cut before the answer. */
  | { type: 'lose-answer' }

export type Rule = {
  method?: string
  /** Against path and query without the version: `/containers/json?all=true`. */
  path: RegExp
  fault: Fault
  /** How many requests it meets; absent: all. */
  times?: number
}

export type DockerProxy = {
  socketPath: string
  /** Every request so far, faulty ones too: `GET /containers/json?all=true`. */
  seen: string[]
  /** Rules are tried in order, the first that fits counts; returns what takes it back. */
  fault(rule: Rule): () => void
  /** No faults any more; who hangs goes on hanging. */
  heal(): void
  /** Cuts all connections that are open now, event streams for example. */
  cut(): void
  close(): Promise<void>
}

/**
 * A proxy in front of the engine at `upstream` that does harm when told to. Streams and upgraded
 * connections (exec, attach) pass. Containers may get its socket mounted.
 */
export const startDockerProxy = async ({
  socketPath,
  upstream = '/var/run/docker.sock',
}: {
  socketPath: string
  upstream?: string
}): Promise<DockerProxy> => {
  const sockets = new Set<Duplex>()
  const seen: string[] = []
  let rules: Rule[] = []

  const faultOf = (request: IncomingMessage): Fault | undefined => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '')
    seen.push(`${request.method} ${path}`)
    const rule = rules.find(
      ({ method, path: pattern, times }) =>
        times !== 0 && (!method || method === request.method) && pattern.test(path),
    )
    if (rule?.times) rule.times -= 1
    return rule?.fault
  }

  const server = createServer((request, response) => {
    const fault = faultOf(request)
    if (fault?.type === 'hang') return
    if (fault?.type === 'drop') return void request.socket.destroy()
    if (fault?.type === 'status') return void refuse(request, response, fault)
    afterDelay(fault, () => forward(request, response, upstream, fault))
  })
  server.on('upgrade', (request: IncomingMessage, client: Socket, head: Buffer) => {
    const fault = faultOf(request)
    client.on('error', () => client.destroy())
    if (fault?.type === 'hang') return
    if (fault?.type === 'drop') return void client.destroy()
    if (fault?.type === 'status') {
      const body = JSON.stringify({ message: fault.message ?? 'fault' })
      const length = `Content-Length: ${Buffer.byteLength(body)}`
      return void client.end(`HTTP/1.1 ${fault.status} Fault\r\n${length}\r\n\r\n${body}`)
    }
    afterDelay(fault, () => tunnel(request, client, head, upstream, fault))
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  // Requests may take as long as the engine likes.
  server.requestTimeout = 0
  server.headersTimeout = 0

  await rm(socketPath, { force: true })
  const listening = deferred()
  server.once('error', listening.reject)
  server.listen(socketPath, () => listening.resolve())
  await listening.promise

  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    socketPath,
    seen,
    fault(rule) {
      const own = { ...rule }
      rules.push(own)
      return () => {
        rules = rules.filter((one) => one !== own)
      }
    },
    heal() {
      rules = []
    },
    cut,
    async close() {
      const closed = deferred()
      server.close(() => closed.resolve())
      cut()
      await closed.promise
    },
  }
}

const afterDelay = (fault: Fault | undefined, go: () => void): void => {
  if (fault?.type === 'delay') setTimeout(go, fault.ms)
  else go()
}

const refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  { status, message = 'fault' }: { status: number; message?: string },
): void => {
  request.resume()
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify({ message }))
}

const optionsOf = (request: IncomingMessage, socketPath: string): RequestOptions => ({
  socketPath,
  method: request.method,
  path: request.url,
  // Asked to close, the engine may do so before we have sent all, and its answer be lost.
  headers: { ...request.headers, connection: 'keep-alive' },
  agent: false,
})

const forward = (
  request: IncomingMessage,
  response: ServerResponse,
  upstream: string,
  fault: Fault | undefined,
): void => {
  const onward = httpRequest(optionsOf(request, upstream))
  onward.on('error', () => request.socket.destroy())
  response.on('close', () => onward.destroy())
  onward.on('response', (answer) => {
    if (fault?.type === 'lose-answer') return void request.socket.destroy()
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    response.flushHeaders()
    answer.on('error', () => request.socket.destroy())
    if (fault?.type !== 'truncate') return void answer.pipe(response)
    let left = fault.bytes
    answer.on('data', (chunk: Buffer) => {
      response.write(chunk.subarray(0, left), () => {
        if (left <= 0) request.socket.destroy()
      })
      left -= chunk.length
    })
    answer.on('end', () => request.socket.destroy())
  })
  request.pipe(onward)
}

/** As bytes: the connection carries them both ways from here on, and each way ends by itself. */
const tunnel = (
  request: IncomingMessage,
  client: Socket,
  head: Buffer,
  upstream: string,
  fault: Fault | undefined,
): void => {
  const engine = connect({ path: upstream, allowHalfOpen: true })
  engine.on('error', () => client.destroy())
  engine.on('close', () => client.destroy())
  client.on('close', () => engine.destroy())
  engine.write(headOf(request))
  engine.write(head)
  client.pipe(engine)
  if (fault?.type === 'lose-answer') engine.once('data', () => client.destroy())
  else engine.pipe(client)
}

const headOf = ({ method, url, rawHeaders }: IncomingMessage): string => {
  const lines = rawHeaders.flatMap((text, at) =>
    at % 2 === 0 ? [`${text}: ${rawHeaders[at + 1]}\r\n`] : [],
  )
  return `${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n`
}
