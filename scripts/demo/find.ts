import { type Docker, dockerLines } from '../setup/docker.ts'
import { type Demo, LABEL_DEMO } from './demo.ts'

type Found = {
  id: string
  isOurs: boolean
  isRunning: boolean
  /** The image's id. */
  image: string
  /** The first port that is published. */
  port?: number
}

/** The container of this name, and whether it is the demo's. */
export const find = async (
  docker: Docker,
  { mark }: Demo,
  name: string,
): Promise<Found | undefined> => {
  const [id] = await dockerLines(docker, ['ps', '-aq', '--no-trunc', '--filter', `name=^/${name}$`])
  if (id === undefined) return undefined
  const [facts] = JSON.parse(await docker(['inspect', id])) as [
    {
      Image: string
      State: { Running: boolean }
      Config: { Labels?: Record<string, string> }
      HostConfig: { PortBindings?: Record<string, { HostPort: string }[]> }
    },
  ]
  const port = Object.values(facts.HostConfig.PortBindings ?? {})[0]?.[0]?.HostPort
  return {
    id,
    isOurs: facts.Config.Labels?.[LABEL_DEMO] === mark,
    isRunning: facts.State.Running,
    image: facts.Image,
    ...(port ? { port: Number(port) } : {}),
  }
}
