import { createServer } from 'node:net'
import { type Docker, dockerLines } from '../setup/docker.ts'
import { SetupError } from '../setup/errors.ts'
import type { Demo, DemoNode } from './demo.ts'
import { find } from './find.ts'

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })

const whoHas = async (docker: Docker, port: number): Promise<string> => {
  const format = ['--format', '{{.Names}}', '--filter', `publish=${port}`]
  const [name] = await dockerLines(docker, ['ps', ...format])
  return name === undefined ? 'another program' : `the container ${name}`
}

/** A port on the host for the node, or nothing when it publishes none. */
export const freePort = async (
  docker: Docker,
  { name, port }: DemoNode,
): Promise<number | undefined> => {
  if (port === undefined) return undefined
  const { host, step } = port
  const last = step === undefined ? host : host + 9 * step
  for (let each = host; each <= last; each += step ?? 1) if (await isFree(each)) return each
  const text =
    step === undefined
      ? `port ${host}, which ${name} needs, is in use by ${await whoHas(docker, host)}`
      : `ports ${host}, ${host + step}, ... are all in use`
  throw new SetupError('not_ready', `${text}: stop it, then try again`)
}

/** Fails when somebody else has a name or a port that the demo needs. */
export const checkFree = async (docker: Docker, demo: Demo): Promise<void> => {
  for (const node of demo.nodes) {
    const found = await find(docker, demo, node.name)
    if (found === undefined) await freePort(docker, node)
    else if (!found.isOurs) {
      const hint = `docker rename ${node.name} OTHER, then try again`
      throw new SetupError(
        'name_taken',
        `a container named ${node.name} is not the demo's: ${hint}`,
      )
    }
  }
}
