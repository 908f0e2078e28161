import { attempt, type RunOptions, run } from './run.ts'

/** Docker's own client, as a reader of our README would type it, against the engine we found. */
export type Docker = {
  /** The engine's socket on this machine. */
  socket: string
  /** Prints of a command that succeeded; its failure is an error with the last lines. */
  (args: readonly string[], options?: RunOptions): Promise<string>
}

export const createDocker = (socket: string): Docker => {
  const env = { DOCKER_HOST: `unix://${socket}` }
  const docker = (args: readonly string[], options: RunOptions = {}) =>
    run('docker', args, { ...options, env: { ...env, ...options.env } })
  return Object.assign(docker, { socket })
}

/** The image's id, or undefined when the engine does not have it. */
export const imageId = async (docker: Docker, name: string): Promise<string | undefined> => {
  // Without a tag, `docker images` would list all tags of the name.
  const tagged = /[:@][^/]*$/.test(name) ? name : `${name}:latest`
  const ids = await docker(['images', '--quiet', '--no-trunc', tagged])
  return ids.split('\n')[0] || undefined
}

/** The image's label, or undefined when the image or the label is not there. */
export const imageLabel = async (
  docker: Docker,
  name: string,
  label: string,
): Promise<string | undefined> => {
  if ((await imageId(docker, name)) === undefined) return undefined
  const format = `{{index .Config.Labels "${label}"}}`
  return (await docker(['image', 'inspect', '--format', format, name])).trim() || undefined
}

/** Non-empty lines of what a command prints. */
export const dockerLines = async (docker: Docker, args: readonly string[]): Promise<string[]> =>
  (await docker(args)).split('\n').filter((line) => line !== '')

/** Whether the machine has Docker's client. */
export const hasClient = async (): Promise<boolean> => {
  const ran = await attempt('docker', ['--version'], { timeoutMs: 10_000 }).catch(() => undefined)
  return ran?.code === 0
}
