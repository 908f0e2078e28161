import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { portsOf, viewEngine } from '../../src/cli/engine-view.ts'
import { reasonOf } from '../../src/cli/node-table.ts'
import { type EngineNode, findNodes, isNode, nodeCalled, nodeToAsk } from '../../src/cli/nodes.ts'
import { withoutNode } from '../../src/cli/run-in-node.ts'
import type { ContainerSummary } from '../../src/docker/container-types.ts'
import { DockerError } from '../../src/docker/errors.ts'

const id = (letter: string): string => letter.repeat(64)

const node = (letter: string, change: Partial<EngineNode> = {}): EngineNode => ({
  containerId: id(letter),
  container: `box-${letter}`,
  name: `web-${letter}`,
  state: 'running',
  image: 'my_web',
  createdS: 1,
  boot: { id: `web-${letter}.123456`, name: `web-${letter}`, cluster: 'default', role: 'web' },
  ...change,
})

describe('the node that a command means', () => {
  const nodes = [node('a'), node('b'), node('c', { container: 'web-a', name: 'other' })]

  test('is found by container name, name, member name and start of the id, in this order', () => {
    assert.equal(nodeCalled(nodes, 'box-b').containerId, id('b'))
    assert.equal(nodeCalled(nodes, 'web-b').containerId, id('b'))
    assert.equal(nodeCalled(nodes, 'web-b.123456').containerId, id('b'))
    assert.equal(nodeCalled(nodes, 'bb').containerId, id('b'))
    assert.equal(nodeCalled(nodes, 'web-a').containerId, id('c'))
  })

  test('is an error that lists the nodes when there is none of that name', () => {
    assert.throws(() => nodeCalled(nodes, 'nope'), {
      code: 'no-node',
      facts: { hint: 'nodes here: box-a, box-b, web-a' },
    })
  })

  test('is an error when two have that name', () => {
    const twins = [node('a', { name: 'x' }), node('b', { name: 'x' })]
    assert.throws(() => nodeCalled(twins, 'x'), { code: 'usage', message: /box-a or box-b/ })
  })

  test('is, when none is named, the oldest that is up', () => {
    const { boot: _, ...starting } = node('a')
    assert.equal(nodeToAsk([starting, node('b')]).containerId, id('b'))
    assert.equal(nodeToAsk([starting]).containerId, id('a'))
    assert.equal(nodeToAsk([node('a', { state: 'exited' }), node('b')]).containerId, id('b'))
  })

  test('has to be named when nodes of several clusters run', () => {
    const boot = { id: 'x', name: 'x', cluster: 'test', role: 'web' }
    const nodes = [node('a'), node('b', { boot })]
    assert.throws(() => nodeToAsk(nodes), { code: 'usage', message: /2 clusters/ })
    assert.equal(nodeToAsk(nodes, 'box-b').containerId, id('b'))
  })

  test('has to run', () => {
    const stopped = [node('a', { state: 'exited' })]
    assert.throws(() => nodeToAsk(stopped, 'box-a'), {
      facts: { hint: 'start it: docker start box-a' },
    })
    assert.throws(() => nodeToAsk(stopped), { facts: { hint: 'start one: docker start box-a' } })
    assert.throws(() => nodeToAsk([]), { code: 'no-node' })
  })
})

test('a command line goes into a node without its --node', () => {
  const cases: [string[], string[]][] = [
    [
      ['members', '--node', 'a', '--json'],
      ['members', '--json'],
    ],
    [['--node=a', 'members'], ['members']],
    [
      ['event', 'x', '--node', 'a', '--', '--node', 'b'],
      ['event', 'x', '--', '--node', 'b'],
    ],
  ]
  for (const [given, expected] of cases) assert.deepEqual(withoutNode(given), expected)
})

const container = (change: Partial<ContainerSummary>): ContainerSummary => ({
  Id: id('a'),
  Names: ['/a'],
  Image: 'my_web',
  ImageID: 'x',
  Command: '/usr/lib/serfnode/entry',
  Created: 1,
  State: 'running',
  Status: 'Up',
  Labels: { 'io.serfnode.image': '1.0.0' },
  Ports: [],
  Mounts: [],
  HostConfig: {},
  NetworkSettings: { Networks: {} },
  ...change,
})

const childOf = (owner: string, name: string, change: Partial<ContainerSummary> = {}) =>
  container({
    Id: `${owner[0]}${name}`,
    Names: [`/${name}_app`],
    Image: name,
    Command: 'run',
    Labels: { 'io.serfnode.child': name, 'io.serfnode.owner': owner, 'io.serfnode.node': 'gone-1' },
    ...change,
  })

/** An engine of these containers; files by container id and name. */
const engine = (all: ContainerSummary[], files: Record<string, object | Error>) => ({
  listContainers: async ({ labels = [] as string[] } = {}) =>
    all.filter(({ Labels }) => labels.every((label) => Object.hasOwn(Labels, label))),
  readText: async (container: string, path: string) => {
    const file = files[`${container} ${path.split('/').at(-1)}`]
    if (file instanceof Error) throw file
    return file && JSON.stringify(file)
  },
})

describe('the nodes of an engine', () => {
  test('are not children, helpers, the CLI in a container, or steps of a build', () => {
    const image = { 'io.serfnode.image': '1' }
    assert.equal(isNode(container({})), true)
    assert.equal(isNode(container({ Command: '/usr/lib/serfnode/entry ps' })), false)
    assert.equal(isNode(container({ Command: "/bin/sh -c '#(nop) EXPOSE 80'" })), false)
    assert.equal(isNode(container({ Labels: { ...image, 'io.serfnode.child': 'web' } })), false)
    assert.equal(isNode(container({ Labels: { ...image, 'io.serfnode.helper': 'cli' } })), false)
  })

  test('are found although one of them cannot be read', async () => {
    const broken = new DockerError('server', 'read: the mount is not possible')
    const all = [container({}), container({ Id: id('b'), Names: ['/b'] })]
    const found = await findNodes(engine(all, { [`${id('a')} boot.json`]: broken }))
    assert.deepEqual(
      found.map((one) => one.container),
      ['a', 'b'],
    )
  })

  test('are not guessed when the engine is gone', async () => {
    const gone = new DockerError('unreachable', 'no engine')
    await assert.rejects(
      findNodes(engine([container({})], { [`${id('a')} boot.json`]: gone })),
      gone,
    )
  })
})

describe('the view of an engine', () => {
  const status = {
    ...{ id: 'web-a.123456', name: 'web-a', role: 'web', cluster: 'default', phase: 'up' },
    warnings: ['careful'],
    children: [
      {
        name: 'app',
        container: 'app_app_a',
        image: 'app',
        state: 'backoff',
        restarts: 3,
        last_reason: 'exited with code 1',
        next_try: '2030-01-01T00:00:10.000Z',
        warnings: [],
      },
      {
        name: 'nginx',
        container: 'nginx_app_a',
        image: 'nginx',
        state: 'waiting',
        restarts: 0,
        waiting_for: ['role mysql'],
        warnings: [],
      },
    ],
  }
  const boot = {
    id: 'web-a.123456',
    name: 'web-a',
    role: 'web',
    cluster: 'default',
    rpcAuth: 'secret',
  }
  const files = { [`${id('a')} status.json`]: status, [`${id('a')} boot.json`]: boot }
  const app = childOf(id('a'), 'app', { State: 'exited' })

  test('shows children as their node sees them, those that wait to be made too', async () => {
    const [shown] = await viewEngine(engine([container({}), app], files))
    assert.equal(shown?.node, 'web-a')
    assert.equal(shown?.phase, 'up')
    assert.deepEqual(shown?.warnings, ['careful'])
    assert.deepEqual(
      shown?.children.map(({ name, state }) => [name, state]),
      [
        ['app', 'backoff'],
        ['nginx', 'waiting'],
      ],
    )
    assert.doesNotMatch(JSON.stringify(shown), /secret/)
  })

  test('shows the children of a stopped node as their containers are', async () => {
    const [shown] = await viewEngine(engine([container({ State: 'exited' }), app], files))
    assert.equal(shown?.state, 'exited')
    assert.equal(shown?.phase, undefined)
    assert.deepEqual(
      shown?.children.map(({ name, state }) => [name, state]),
      [
        ['app', 'stopped'],
        ['nginx', 'not created'],
      ],
    )
  })

  test('shows children whose node is gone', async () => {
    const [shown, ...more] = await viewEngine(engine([childOf(id('f'), 'app')], {}))
    assert.deepEqual([shown?.node, shown?.state, more.length], ['gone-1', 'gone', 0])
    assert.match(shown?.warnings[0] ?? '', /serfnode gc/)
  })

  test('shows a node whose status is not to be understood by its containers', async () => {
    const odd = { [`${id('a')} status.json`]: { children: 'many' } }
    const [shown] = await viewEngine(engine([container({}), app], odd))
    assert.deepEqual(
      shown?.children.map(({ name }) => name),
      ['app'],
    )
  })

  test('says why a child does not run, and when it is tried again', () => {
    const [backoff, waiting] = status.children
    const now = Date.parse('2030-01-01T00:00:00Z')
    assert.equal(reasonOf(backoff as never, now), 'exited with code 1; next try in 10s')
    assert.equal(reasonOf(waiting as never, now), 'waits for role mysql')
    const again = { ...backoff, state: 'running', next_try: undefined }
    assert.equal(reasonOf(again as never, now), 'before: exited with code 1')
    assert.equal(reasonOf({ ...again, last_reason: undefined } as never, now), '')
  })

  test('shows each published port once', () => {
    const port = { PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }
    const Ports = [
      ...[
        { ...port, IP: '0.0.0.0' },
        { ...port, IP: '::' },
      ],
      ...[{ PrivatePort: 53, PublicPort: 53, Type: 'udp', IP: '127.0.0.1' }],
      { PrivatePort: 7946, Type: 'tcp' },
    ]
    assert.deepEqual(portsOf({ Ports }), ['127.0.0.1:53/udp', '8080->80'])
  })
})
