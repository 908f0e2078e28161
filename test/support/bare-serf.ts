import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressOf, IMAGE, type TestCluster } from './cluster.ts'
import { docker, inside, TEST_LABEL } from './docker.ts'

export type BareMember = {
  /** Serf's member name, unchecked. */
  member: string
  tags?: Record<string, string>
  /** Shell lines by Serf's filter, such as `user`. */
  handlers?: Record<string, string>
}

/**
 * Plain serfs in one container, with the key of the node `of` and nothing of ours: strangers that
 * became members, or somebody who only listens. Gives the container's name.
 */
export const startBareSerfs = async (
  cluster: TestCluster,
  name: string,
  { of, members }: { of: string; members: readonly BareMember[] },
): Promise<string> => {
  const { encrypt_key } = JSON.parse(await inside(of, 'cat', '/run/serfnode/serf/config.json'))
  const seed = `${await addressOf(of)}:7946`
  const folder = join(cluster.folder, name)
  mkdirSync(folder)
  for (const [at, { member, tags = {}, handlers = {} }] of members.entries()) {
    const config = {
      node_name: member,
      tags,
      encrypt_key,
      bind: `0.0.0.0:${7946 + at}`,
      rpc_addr: `127.0.0.1:${7300 + at}`,
      retry_join: [seed],
      retry_interval: '1s',
      event_handlers: Object.entries(handlers).map(([filter, script]) => `${filter}=${script}`),
    }
    writeFileSync(join(folder, `${at}.json`), JSON.stringify(config))
  }
  const container = cluster.container(name)
  const all = 'for file in /serf/*.json; do serf agent -config-file="$file" & done; wait'
  await docker(
    ...['run', '-d', '--init', '--name', container],
    // Of the image, but no node.
    ...['--label', `${TEST_LABEL}=${cluster.cluster}`, '--label', 'io.serfnode.helper=test'],
    ...['-v', `${folder}:/serf:ro`, '--entrypoint', '/bin/sh', IMAGE, '-c', all],
  )
  return container
}
