import { resolve } from 'node:path'
import { BASE } from './cluster.ts'
import { docker, tryDocker } from './docker.ts'

/** An image with curl and Python: stock programs, nothing of ours. */
export const API_TOOLS = 'serfnode-test-api-tools'

/** Builds it, or finds it built: half a minute the first time. */
export const buildApiTools = async (): Promise<void> => {
  const folder = resolve(import.meta.dirname, 'api-tools')
  const args = ['build', '-q', '-t', API_TOOLS, '--build-arg', `BASE=${BASE}`, folder]
  const { code, stderr } = await tryDocker(args, 600_000)
  if (code !== 0) throw new Error(`build ${API_TOOLS}: ${stderr}`)
}

export type Curled = { status: number; text: string }

/** What curl says in a container; status 0: it reached nobody. */
export const curl = async (container: string, ...args: string[]): Promise<Curled> => {
  const all = ['exec', container, 'curl', '-s', '-w', '\n%{http_code}', ...args]
  const { stdout } = await tryDocker(all)
  const at = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(at + 1)), text: stdout.slice(0, at) }
}

const CALL = `
const [path, method, body] = process.argv.slice(1)
const options = { socketPath: '/run/serfnode/control.sock', path, method, headers: body ? { 'content-type': 'application/json' } : {} }
require('node:http').request(options, (answer) => {
  let text = ''
  answer.on('data', (piece) => { text += piece })
  answer.on('end', () => console.log(text + '\\n' + answer.statusCode))
}).end(body)`

/** A call at a node's control socket, by the node's own Node. */
export const control = async (
  node: string,
  path: string,
  { method = 'GET', body }: { method?: string; body?: object } = {},
): Promise<Curled> => {
  const args = [path, method, ...(body ? [JSON.stringify(body)] : [])]
  const stdout = await docker('exec', node, 'node', '-e', CALL, ...args)
  const at = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(at + 1)), text: stdout.slice(0, Math.max(0, at)) }
}
