import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startBareSerfs } from '../support/bare-serf.ts'
import { addressOf, BASE, testCluster, untilMembers, untilResolved } from '../support/cluster.ts'
import { docker, inside, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { logOf, timesSaid, untilSaid } from '../support/node.ts'

const cluster = testCluster('pipe')
let shop: string
let other: string
let listener: string
const app = cluster.child('shop', 'app')

before(async () => {
  shop = await cluster.start('shop', {
    role: 'shop',
    yml: JSON.stringify({
      children: { app: { image: BASE, command: 'sleep 1d', init: true, expose: [5672, '53/udp'] } },
    }),
  })
  other = await cluster.start('other', { role: 'other' })
  await untilResolved(other, 'shop', await addressOf(shop))
  const handlers = { user: 'echo "$SERF_USER_EVENT $(cat)" >> /tmp/events' }
  const members = [{ member: 'listener', handlers }]
  listener = await startBareSerfs(cluster, 'listener', { of: other, members })
  await untilMembers(shop, 3)
})
after(() => cluster[Symbol.dispose]())

const heard = async (): Promise<string[]> => {
  const { stdout } = await tryDocker(['exec', listener, 'cat', '/tmp/events'])
  return stdout.split('\n').filter(Boolean)
}
const untilHeard = (event: string) =>
  eventually(
    async () => {
      const events = await heard()
      if (!events.includes(event)) throw new Error(`heard ${events.join('; ') || 'nothing'}`)
    },
    { every: 100 },
  )
const tell = (text: string, ...options: string[]): Promise<string> =>
  docker('exec', ...options, app, 'sh', '-c', `printf '%b' '${text}' > /serfnode/parent`)

describe('the pipe of a node', () => {
  test('takes an event from a child, whatever its user, to every member of the cluster', async () => {
    await tell('["deploy", {"version": 7, "by": "ann"}]\\n', '--user', '1234:1234')
    await untilHeard('deploy {"version":7,"by":"ann"}')
  })

  test('says what was wrong with a line, and takes the next one', async () => {
    const before = await heard()
    const long = 'x'.repeat(600)
    const wrong = ['nonsense', '{"deploy": 1}', '["two words", {}]', `["big", "${long}"]`, '[7]']
    await tell([...wrong, '["good", []]', ''].join('\\n'))
    await untilHeard('good []')
    const log = await untilSaid(shop, /at most \d+ fit with this name/)
    assert.equal(timesSaid(log, /event pipe: line refused/), wrong.length)
    assert.match(log, /expected \[\\"event name\\", {payload}\], found \\"nonsense\\"/)
    assert.deepEqual((await heard()).slice(before.length), ['good []'])
  })

  test('is made anew when a child removes it, also when another thing stands in its place', async () => {
    await inside(app, 'sh', '-c', 'rm /serfnode/parent; mkdir -p /serfnode/parent/in/the/way')
    await eventually(() => inside(app, 'test', '-p', '/serfnode/parent'), { every: 200 })
    await tell('["again", {}]\\n')
    await untilHeard('again {}')
  })
})

describe('a query', () => {
  const serfQuery = async (name: string, payload?: string): Promise<Record<string, string>> => {
    const options = ['-format=json', '-timeout=2s']
    const command = ['serf', 'query', ...options, name, ...(payload ? [payload] : [])]
    const { Responses } = JSON.parse(await inside(other, ...command))
    return Responses ?? {}
  }
  const idOfShop = async (): Promise<string> => JSON.parse(await inside(shop, 'cat', '/me.json')).id

  test('`where` is answered by the role that is asked, in the words of 2015 and ours', async () => {
    const address = await addressOf(shop)
    const answers = await serfQuery('where', '{"role": "shop"}')
    const id = await idOfShop()
    assert.deepEqual(Object.keys(answers), [id])
    const { timestamp, name, ...answer } = JSON.parse(answers[id] ?? '')
    assert.match(timestamp, /^\d+\.\d+$/)
    assert.match(name, /^shop-/)
    assert.deepEqual(answer, {
      id,
      role: 'shop',
      serf_ip: address,
      serf_port: '7946',
      service_ip: address,
      service_port: '0',
      ports: { '53/udp': ['53'], '5672/tcp': ['5672'] },
      ip: address,
      advertise: `${address}:7946`,
      rpc: '127.0.0.1:7373',
      bind: '0.0.0.0:7946',
    })
  })

  test('`ports` is answered with the ports and the address they are at', async () => {
    const said = await inside(
      ...[other, 'serfnode', 'query', 'ports', '{"role": "shop"}'],
      ...['--timeout', '2', '--json'],
    )
    const [answer, end, ...more] = said.split('\n').map((line) => JSON.parse(line))
    assert.deepEqual([answer.id, end.answered, more], [await idOfShop(), 1, []])
    const { ip, ports } = JSON.parse(answer.payload)
    assert.equal(ip, await addressOf(shop))
    assert.deepEqual(ports, { '53/udp': ['53'], '5672/tcp': ['5672'] })
  })

  test('for a role that nobody has is answered by nobody, for no role by every node', async () => {
    assert.deepEqual(await serfQuery('where', '{"role": "none"}'), {})
    assert.deepEqual(Object.values(await serfQuery('where', 'nonsense')), ['', ''])
    const all = Object.values(await serfQuery('where')).map((answer) => JSON.parse(answer).role)
    assert.deepEqual(all.sort(), ['other', 'shop'])
    assert.doesNotMatch(await logOf(shop), /query not answered/)
  })
})
