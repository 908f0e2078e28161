import type { Docker } from '../../setup/docker.ts'
import { indent, type RunningNode } from '../demo.ts'
import { fetchPage } from './await-up.ts'

const namesInside = async (docker: Docker, child: string): Promise<string> => {
  const lines = await Promise.all(
    ['mysql', 'web'].map((role) => docker(['exec', child, 'getent', 'ahostsv4', role])),
  )
  const addresses = lines.map((text) => text.split(/\s/)[0])
  return `mysql -> ${addresses[0]}   web -> ${addresses[1]}`
}

/** What a person wants to see of the running cluster, and what to try next. */
export const report = async (docker: Docker, nodes: RunningNode[]): Promise<string> => {
  const members = await docker(['exec', 'mysql', 'serfnode', 'members'])
  const children = nodes.map(({ name }) =>
    name === 'mysql' ? 'mariadb_app_mysql' : `app_app_${name}`,
  )
  const names = await Promise.all(
    children.map(async (child) => `in ${child}: ${await namesInside(docker, child)}`),
  )
  const ports = nodes.flatMap(({ port }) => (port === undefined ? [] : [port]))
  const [first = 0, second = 0] = ports
  const hit = await fetchPage(first, '/hit', { method: 'POST' })
  const read = await fetchPage(second, '/')
  return `
Members
${indent(members)}

What names resolve to inside the children
${indent(names.join('\n'))}

The page: a row written through one node, read through the other
    curl -X POST localhost:${first}/hit
    ${hit.text}
    curl localhost:${second}
    ${read.text}

Look around
    open http://localhost:${first} and http://localhost:${second}
    npx serfnode ps                   children of all nodes, and how they are
    npx serfnode logs                 what nodes and children say
    docker exec mysql serf members    Serf itself
    docker restart mysql              then look at the page again

Stop
    npm run demo -- --stop            removes containers and volumes, keeps the images
    npm run demo -- --stop --images   removes the images too
`
}
