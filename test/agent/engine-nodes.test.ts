import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { engineNodes } from '../../src/agent/engine-nodes.ts'
import type { Docker } from '../../src/docker/client.ts'
import { keptLog } from '../support/kept-log.ts'

type Listed = { id: string; ip: string; boot: string | undefined; state?: string }

const boot = (serf_ip: unknown, change = {}) =>
  JSON.stringify({ cluster: 'c', serf_ip, serf_port: 7946, ...change })

describe('the other nodes on the engine', () => {
  let listed: Listed[] = []
  let reads = 0
  let looks: string[] = []
  let hung: string[] = []
  let members: string[] = []
  let now = 0
  const docker = {
    listContainers: async () =>
      listed.map(({ id, ip, state = 'running' }) => ({
        Id: id,
        Names: [`/${id}`],
        Created: 1,
        State: state,
        Labels: {},
        NetworkSettings: { Networks: { bridge: { IPAddress: ip } } },
      })),
    readText: async (id: string) => {
      reads++
      looks.push(id)
      if (hung.includes(id)) throw new Error('no answer in time')
      return listed.find((each) => each.id === id)?.boot
    },
  } as unknown as Docker
  const open = () =>
    engineNodes({
      docker,
      containerId: 'self',
      imageId: 'image',
      cluster: 'c',
      started: 1_000,
      isMember: (ip) => members.includes(ip),
      log: keptLog(),
      now: () => now,
    })
  beforeEach(() => {
    now = 1_001_000
    reads = 0
    looks = []
    hung = []
    members = []
  })

  test('are asked for their address once, and again when their container has another', async () => {
    listed = [{ id: 'a', ip: '172.17.0.5', boot: boot('172.17.0.5') }]
    const nodes = open()
    for (let n = 0; n < 5; n++) assert.deepEqual(await nodes.neighbours(), ['172.17.0.5:7946'])
    assert.equal(reads, 1)
    listed = [{ id: 'a', ip: '172.17.0.9', boot: boot('172.17.0.9') }]
    assert.deepEqual(await nodes.neighbours(), ['172.17.0.9:7946'])
    assert.equal(reads, 2)
  })

  test('are left to join by themselves for five seconds when they started later', async () => {
    listed = [
      { id: 'a', ip: '172.17.0.5', boot: boot('172.17.0.5', { timestamp: '1001.500' }) },
      { id: 'b', ip: '172.17.0.6', boot: boot('172.17.0.6', { timestamp: '999.500' }) },
    ]
    const nodes = open()
    assert.deepEqual(await nodes.neighbours(), ['172.17.0.6:7946'])
    now = 1_006_400
    assert.deepEqual(await nodes.neighbours(), ['172.17.0.6:7946'])
    now = 1_006_600
    assert.deepEqual(await nodes.neighbours(), ['172.17.0.5:7946'])
  })

  test('that are just restarted, and still show their last life, are asked again', async () => {
    listed = [{ id: 'a', ip: '172.17.0.9', boot: boot('172.17.0.5') }]
    const nodes = open()
    await nodes.neighbours()
    listed = [{ id: 'a', ip: '172.17.0.9', boot: boot('172.17.0.9') }]
    assert.deepEqual(await nodes.neighbours(), ['172.17.0.9:7946'])
  })

  test('are left out when they are stopped, of another cluster, this node, or make no sense', async () => {
    const ip = '172.17.0.5'
    listed = [
      { id: 'self', ip, boot: boot(ip) },
      { id: 'stopped', ip, boot: boot(ip), state: 'exited' },
      { id: 'other', ip, boot: boot(ip, { cluster: 'd' }) },
      { id: 'young', ip, boot: undefined },
      { id: 'broken', ip, boot: '{' },
      { id: 'hostile', ip, boot: boot('not an address') },
      { id: 'odd', ip, boot: boot(ip, { serf_port: 'x' }) },
      { id: 'good', ip: '172.17.0.6', boot: boot('172.17.0.6') },
    ]
    assert.deepEqual(await open().neighbours(), ['172.17.0.6:7946'])
    assert.equal(await open().addressOf('good'), '172.17.0.6:7946')
    assert.equal(await open().addressOf('stopped'), undefined)
  })

  const three = ['172.17.0.5', '172.17.0.6', '172.17.0.7'].map((ip) => ({
    id: ip,
    ip,
    boot: boot(ip),
  }))

  test('are asked one a round, and not at all once they are members', async () => {
    listed = three
    const nodes = open()
    assert.deepEqual(await nodes.neighbours(), ['172.17.0.5:7946'])
    assert.equal(reads, 1)
    members = ['172.17.0.5', '172.17.0.6']
    assert.deepEqual(await nodes.neighbours(), ['172.17.0.7:7946'])
    assert.equal(reads, 2)
  })

  test('are all found in the end, also when the first one cannot be joined', async () => {
    listed = three
    const nodes = open()
    for (let round = 0; round < 2; round++) await nodes.neighbours()
    assert.deepEqual(
      await nodes.neighbours(),
      three.map(({ ip }) => `${ip}:7946`),
    )
  })

  test('are all found, also when the first one tells an address that is not its container', async () => {
    listed = three.map((node, at) => (at === 0 ? { ...node, boot: boot('192.168.1.5') } : node))
    const nodes = open()
    for (let round = 0; round < 2; round++) await nodes.neighbours()
    assert.deepEqual(await nodes.neighbours(), [
      '192.168.1.5:7946',
      '172.17.0.6:7946',
      '172.17.0.7:7946',
    ])
  })

  test('that cannot be looked at come last', async () => {
    listed = three
    hung = ['172.17.0.5']
    const nodes = open()
    await nodes.neighbours()
    assert.deepEqual(looks, ['172.17.0.5', '172.17.0.6'])
    await nodes.neighbours()
    assert.deepEqual(looks.slice(2), ['172.17.0.7'])
  })

  test('are asked for the secret until one has it: all of them only when the oldest has none', async () => {
    const secret = JSON.stringify({
      cluster: 'c',
      secret: Buffer.alloc(32, 7).toString('base64'),
      epoch: 0,
    })
    listed = three.map((node) => ({ ...node, boot: secret }))
    assert.equal((await open().secretsOfOthers()).length, 1)
    assert.equal(reads, 1)
    listed = listed.map((node, at) => (at === 0 ? { ...node, boot: undefined } : node))
    assert.equal((await open().secretsOfOthers()).length, 2)
  })
})
