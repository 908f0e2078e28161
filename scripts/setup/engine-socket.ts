import { request } from 'node:http'
import { attempt } from './run.ts'

export type EngineState =
  | { type: 'ready' }
  | { type: 'denied' }
  | { type: 'absent' }
  | { type: 'silent'; reason: string }

/** Asks the engine behind a unix socket for a sign of life, for two seconds at most. */
export const probeEngine = (socketPath: string): Promise<EngineState> =>
  new Promise((resolve) => {
    const asked = request({ socketPath, path: '/_ping', timeout: 2_000 }, (answer) => {
      answer.resume()
      resolve(
        answer.statusCode === 200
          ? { type: 'ready' }
          : { type: 'silent', reason: `it answers ${answer.statusCode}` },
      )
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer in 2 s')))
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve({ type: 'absent' })
      else if (error.code === 'EACCES' || error.code === 'EPERM') resolve({ type: 'denied' })
      else resolve({ type: 'silent', reason: error.message })
    })
    asked.end()
  })

/** Where Docker's own client would look: DOCKER_HOST, then its context, then the usual place. */
export const findEngineHost = async (env: NodeJS.ProcessEnv): Promise<string> => {
  if (env['DOCKER_HOST']) return env['DOCKER_HOST']
  const format = '{{.Endpoints.docker.Host}}'
  const asked = await attempt('docker', ['context', 'inspect', '--format', format], {
    timeoutMs: 10_000,
  }).catch(() => undefined)
  const host = asked?.code === 0 ? asked.stdout.trim() : ''
  return host === '' ? 'unix:///var/run/docker.sock' : host
}
