import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { addressOf, IMAGE, resolved, SOCKET, testCluster } from '../support/cluster.ts'
import { docker, inspect, TEST_LABEL, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'

const EXAMPLE = resolve(import.meta.dirname, '../../examples/mysql-nginx')
const NODES = ['mysql', 'web1', 'web2'] as const
type Node = (typeof NODES)[number]
const PAGES: Partial<Record<Node, string>> = {
  web1: 'http://127.0.0.1:18081',
  web2: 'http://127.0.0.1:18082',
}
const CHILDREN: Record<Node, string[]> = {
  mysql: ['mariadb'],
  web1: ['app', 'nginx'],
  web2: ['app', 'nginx'],
}
const HEALED = { within: 45_000, every: 150 }

/** What is on the engine: containers by name, volumes and networks. */
const inventory = async (): Promise<string[]> => {
  const lists = [
    ['ps', '-a', '--format', 'container {{.Names}}'],
    ['volume', 'ls', '--format', 'volume {{.Name}}'],
    ['network', 'ls', '--format', 'network {{.Name}}'],
  ]
  const texts = await Promise.all(lists.map((args) => docker(...args)))
  return texts.flatMap((text) => text.split('\n')).filter(Boolean)
}

describe('the example mysql-nginx, with nothing but docker and curl', () => {
  const cluster = testCluster('proof')
  const volume = `${cluster.cluster}-data`
  const image = (role: string): string => `${cluster.cluster}-${role}`
  let beforeAll: string[] = []
  let hits = 0

  const start = (node: Node) => {
    const port = PAGES[node]?.split(':')[2]
    return cluster.start(node, {
      image: image(node === 'mysql' ? 'mysql' : 'web'),
      ...(node === 'mysql' ? {} : { peer: cluster.container('mysql') }),
      args: port ? ['-p', `127.0.0.1:${port}:80`] : [],
    })
  }
  const children = (node: Node): string[] =>
    CHILDREN[node].map((child) => cluster.child(node, child))
  const everyContainer = (): string[] =>
    NODES.flatMap((node) => [cluster.container(node), ...children(node)])

  /** Writes through a page; every answer is more than the last, or the row was lost. */
  const hit = async (page: string): Promise<void> => {
    const args = ['-sS', '--max-time', '5', '-X', 'POST', `${page}/hit`]
    const { stdout } = await promisify(execFile)('curl', args)
    const answer = JSON.parse(stdout)
    assert.ok(answer.hits, stdout)
    assert.equal(answer.db_address, await addressOf(cluster.container('mysql')))
    assert.ok(answer.hits > hits, `the row survives: ${answer.hits} after ${hits}`)
    hits = answer.hits
  }
  const untilHealed = async (): Promise<void> => {
    for (const page of Object.values(PAGES)) await eventually(() => hit(page), HEALED)
    const address = await addressOf(cluster.container('mysql'))
    for (const container of everyContainer()) {
      await eventually(async () => {
        assert.equal(await resolved(container, 'mysql'), address, `mysql in ${container}`)
      }, HEALED)
    }
  }
  /** When the containers of a node were started, to see that nobody touched them. */
  const startTimes = async (node: Node): Promise<string[]> =>
    Promise.all(
      [cluster.container(node), ...children(node)].map(
        async (container) => (await inspect(container)).State.StartedAt,
      ),
    )
  const removeAll = async (): Promise<void> => {
    await docker('rm', '-f', '-v', ...NODES.map(cluster.container))
    const throwAway = ['--label', `${TEST_LABEL}=${cluster.cluster}`]
    await docker('run', '--rm', ...throwAway, ...SOCKET, IMAGE, 'gc', '--cluster', cluster.cluster)
  }

  before(async () => {
    await tryDocker(['volume', 'rm', volume])
    for (const role of ['mysql', 'web']) {
      const folder = join(cluster.folder, role)
      mkdirSync(folder)
      cpSync(join(EXAMPLE, role), folder, { recursive: true })
      const yml = join(folder, 'serfnode.yml')
      const text = readFileSync(yml, 'utf8').replace('serfnode-example-mysql-data', volume)
      writeFileSync(yml, text)
      const from = `FROM ${IMAGE}\nCOPY serfnode.yml /serfnode.yml\n`
      writeFileSync(join(folder, 'Dockerfile'), from)
      await docker('build', '-q', '-t', image(role), folder)
    }
    beforeAll = await inventory()
  })
  after(async () => {
    cluster[Symbol.dispose]()
    await tryDocker(['rmi', '-f', image('mysql'), image('web')])
  })

  const orders = NODES.flatMap((first) =>
    NODES.filter((node) => node !== first).map((second) => {
      const third = NODES.find((node) => node !== first && node !== second) as Node
      return [first, second, third] as const
    }),
  )
  for (const order of orders) {
    test(`comes up when it is started in the order ${order.join(', ')}`, async () => {
      for (const node of order) await start(node)
      await untilHealed()
      if (order !== orders.at(-1)) await removeAll()
    })
  }

  const faults: Record<string, (node: Node) => Promise<void>> = {
    'docker restart': async (node) => void (await docker('restart', cluster.container(node))),
    'docker stop and docker start': async (node) => {
      await docker('stop', cluster.container(node))
      await docker('start', cluster.container(node))
    },
    'docker kill and docker start': async (node) => {
      await docker('kill', cluster.container(node))
      await docker('start', cluster.container(node))
    },
    'docker rm -f and docker run': async (node) => {
      await docker('rm', '-f', cluster.container(node))
      await start(node)
    },
  }
  for (const [fault, strike] of Object.entries(faults)) {
    for (const node of NODES) {
      test(`heals after ${fault} of ${node}, and the others are not touched`, async () => {
        const others = NODES.filter((other) => other !== node)
        const started = await Promise.all(others.map(startTimes))
        await strike(node)
        await untilHealed()
        assert.deepEqual(await Promise.all(others.map(startTimes)), started)
      })
    }
  }

  test('leaves no container, volume or network but the volume with the rows', async () => {
    await removeAll()
    const left = (await inventory()).filter((thing) => !beforeAll.includes(thing))
    assert.deepEqual(left, [`volume ${volume}`])
    await docker('volume', 'rm', volume)
  })
})
