import type { Docker } from '../../setup/docker.ts'
import { indent, type RunningNode } from '../demo.ts'
import { resolve, serverOf } from './await-up.ts'
import { linkTo } from './link.ts'
import { CONSUMER, PRODUCER, type Said } from './run-notebooks.ts'

/** What a person wants to see of the running cluster, and what to try next. */
export const report = async (
  docker: Docker,
  nodes: RunningNode[],
  { producer, consumer }: Said,
): Promise<string> => {
  const peer = (await docker(['exec', 'ipython1', '/me'])).trim()
  const members = await docker(['exec', 'ipython1', 'serfnode', 'members'])
  const servers = nodes.filter(({ port }) => port !== undefined)
  const names = await Promise.all(
    servers.map(async ({ name }) => {
      return `in ${serverOf(name)}: rabbit -> ${await resolve(docker, name, 'rabbit')}`
    }),
  )
  const files = ['producer.ipynb', 'consumer.ipynb']
  const links = await Promise.all(
    servers.map((server, at) => linkTo(docker, server, files[at] ?? '')),
  )
  return `
Members
${indent(members)}

What the name resolves to inside the notebook servers
${indent(names.join('\n'))}

The numbers, sent from one notebook and received by the other
    docker exec ${serverOf('ipython1')} ${PRODUCER}
${indent(indent(producer))}
    docker exec ${serverOf('ipython2')} ${CONSUMER}
${indent(indent(consumer))}

Look around
${indent(links.join('\n'))}
    The links hold the servers' tokens: whoever has one has a shell in that container.
    In each page choose Cell > Run All, and meanwhile
    docker stop rabbit
    docker run --rm -it -v /:/host -e ROLE=rabbit --name rabbit -e PEER=${peer} serfnode-rabbitmq
    npx serfnode ps                                all children, and how they are

Stop
    npm run demo -- notebooks --stop               removes the containers, keeps the images
    npm run demo -- notebooks --stop --images      removes the images too
`
}
