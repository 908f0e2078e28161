import { MYSQL_NGINX } from '../../setup/example.ts'
import { type Demo, type DemoNode, LABEL_DEMO } from '../demo.ts'
import { awaitUp } from './await-up.ts'
import { report } from './report.ts'

const CLUSTER = 'demo'
const MARK = '1'

/** The README shows the same line. */
const node = (name: string, image: string, port?: DemoNode['port']): DemoNode => ({
  name,
  image,
  ...(port ? { port } : {}),
  run: async ({ socket }, host) => {
    const args = [
      'run',
      '-d',
      ...['--name', name],
      ...['--label', `${LABEL_DEMO}=${MARK}`],
      ...['-v', `${socket}:/var/run/docker.sock`],
      ...['-e', `SERFNODE_CLUSTER=${CLUSTER}`],
      ...(port && host ? ['-p', `${host}:${port.inside}`] : []),
      image,
    ]
    return { args, lines: [['docker', ...args].join(' ')] }
  },
})

/** A database and two web nodes that use it. */
export const mysqlNginx: Demo = {
  name: 'mysql-nginx',
  example: MYSQL_NGINX,
  mark: MARK,
  nodes: [
    node('mysql', 'serfnode-example-mysql'),
    node('web1', 'serfnode-example-web', { inside: 80, host: 8081, step: 10 }),
    node('web2', 'serfnode-example-web', { inside: 80, host: 8082, step: 10 }),
  ],
  childLabels: [`io.serfnode.cluster=${CLUSTER}`],
  volumes: ['serfnode-example-mysql-data'],
  show: async (docker, nodes, { step }, signal) => {
    await step('the cluster is up', (note) => awaitUp(nodes, note, signal))
    signal.throwIfAborted()
    return await report(docker, nodes)
  },
}
