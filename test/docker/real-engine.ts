import { after, before } from 'node:test'
import {
  type ContainerCreate,
  connectDocker,
  isDockerError,
  type OutputChunk,
} from '../../src/docker/client.ts'

export const IMAGE = process.env['SERFNODE_BASE'] ?? 'serfnode-base:trixie'
export const Labels = { 'io.serfnode.test': '1' }
export const labels = ['io.serfnode.test=1']

/**
 * The engine of this machine, swept before and after the tests of a file of what has the file's
 * name: other files' containers carry the label too.
 */
export const realEngine = (file: string) => {
  const prefix = `sntest-docker-${file}`
  const docker = connectDocker({ socketPath: '/var/run/docker.sock' })

  const sweep = async () => {
    for (const { Id, Names } of await docker.listContainers({ all: true, labels })) {
      if (!Names.some((name) => name.startsWith(`/${prefix}`))) continue
      await docker.removeContainer(Id, { force: true, volumes: true }).catch(unlessGone)
    }
    for (const { Name } of await docker.listVolumes({ labels })) {
      if (Name.startsWith(prefix)) await docker.removeVolume(Name)
    }
    for (const { Id, Name } of await docker.listNetworks({ labels })) {
      if (Name.startsWith(prefix)) await docker.removeNetwork(Id)
    }
    for (const { RepoTags } of await docker.listImages({ reference: prefix })) {
      for (const tag of RepoTags) await docker.removeImage(tag, { force: true })
    }
  }
  before(sweep)
  after(sweep)

  const create = async (name: string, body: Partial<ContainerCreate> = {}): Promise<string> => {
    const { Id } = await docker.createContainer(`${prefix}-${name}`, {
      Image: IMAGE,
      Labels,
      Cmd: ['sleep', '600'],
      StopSignal: 'SIGKILL',
      ...body,
    })
    return Id
  }

  const run = async (name: string, body: Partial<ContainerCreate> = {}): Promise<string> => {
    const id = await create(name, body)
    await docker.startContainer(id)
    return id
  }

  return { docker, prefix, create, run }
}

/** Another run's sweep may be quicker. */
const unlessGone = (error: unknown) => {
  if (!isDockerError(error, 'not-found') && !isDockerError(error, 'conflict')) throw error
}

export const textOf = async (source: AsyncIterable<OutputChunk>): Promise<string> => {
  let all = ''
  for await (const { data } of source) all += data
  return all
}
