import { NOTEBOOKS } from '../../setup/example.ts'
import { type Demo, type DemoNode, LABEL_DEMO } from '../demo.ts'
import { awaitUp } from './await-up.ts'
import { report } from './report.ts'
import { runNotebooks } from './run-notebooks.ts'

const MARK = 'notebooks'
const FIRST = 'ipython1'
const ADDRESS = `docker exec ${FIRST} /me`

/** The lines of the talk, word for word; `PEER` is what the first node says. */
const node = (name: string, line: string, port?: number): DemoNode => ({
  name,
  image: line.split(' ').at(-1) ?? '',
  ...(port ? { port: { inside: 8888, host: port } } : {}),
  run: async (docker) => {
    if (!line.includes('$PEER')) return { args: line.split(' '), lines: [`docker ${line}`] }
    const peer = (await docker(ADDRESS.split(' ').slice(1))).trim()
    const args = line.replace('$PEER', peer).split(' ')
    return { args, lines: [`PEER=$(${ADDRESS})`, `docker ${line}`] }
  },
})

/** Two notebook servers and a RabbitMQ between them, as shown in 2015. */
export const notebooks: Demo = {
  name: 'notebooks',
  example: NOTEBOOKS,
  mark: MARK,
  nodes: [
    node(
      FIRST,
      `run -d -v /:/host -p 1234:8888 -e ROLE=ipython1 --name ${FIRST} serfnode-ipython`,
      1234,
    ),
    node(
      'ipython2',
      'run -d -v /:/host -p 1235:8888 -e ROLE=ipython2 --name ipython2 -e PEER=$PEER serfnode-ipython',
      1235,
    ),
    // In the talk it ran in the foreground, without `-d`.
    node(
      'rabbit',
      'run -d --rm -it -v /:/host -e ROLE=rabbit --name rabbit -e PEER=$PEER serfnode-rabbitmq',
    ),
  ],
  // The cluster may have nodes of others, with these names too.
  childLabels: ['io.serfnode.cluster=default', `${LABEL_DEMO}=${MARK}`],
  volumes: [],
  show: async (docker, nodes, { step }, signal) => {
    await step('the cluster is up', (note) => awaitUp(docker, nodes, note, signal))
    const said = await step('the notebooks run', (note) => runNotebooks(docker, note, signal))
    return await report(docker, nodes, said)
  },
}
