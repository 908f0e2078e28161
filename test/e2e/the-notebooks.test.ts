import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { addressOf, untilResolved } from '../support/cluster.ts'
import { docker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import {
  atTerminal,
  begin,
  type Running,
  taken,
  untilPrinted,
  volumesInUse,
  volumesLeft,
} from '../support/notebooks.ts'
import { ROOT, runShown } from '../support/readme.ts'

/** As in 2015, word for word. */
const SERVERS = `docker run -d -v /:/host -p 1234:8888 -e ROLE=ipython1 --name ipython1 serfnode-ipython
PEER=$(docker exec ipython1 /me)
docker run -d -v /:/host -p 1235:8888 -e ROLE=ipython2 --name ipython2 -e PEER=$PEER serfnode-ipython`
const RABBIT =
  'docker run --rm -it -v /:/host -e ROLE=rabbit --name rabbit -e PEER=$PEER serfnode-rabbitmq'

const PRODUCER = 'ipython_app_ipython1'
const CONSUMER = 'ipython_app_ipython2'

const notebook = (server: string, file: string, ...options: string[]): Running =>
  begin('docker', ['exec', ...options, server, 'run-notebook', file])

/** The link that a server logs at its start. */
const linkOf = (server: string): Promise<URL> =>
  eventually(async () => {
    const { output } = await runShown(`docker logs ${server} 2>&1`)
    const [link] = /http:\/\/localhost:\d+\/\?token=\w+/.exec(output) ?? []
    if (link === undefined) throw new Error(`${server} has logged no link:\n${output}`)
    return new URL(link)
  })

describe("the talk's demo", () => {
  let isOurs = false
  let peer = ''
  let rabbit: Running | undefined
  let address = ''
  let volumes: string[] = []

  const startRabbit = async (): Promise<void> => {
    rabbit = atTerminal(RABBIT, { PEER: peer })
    await untilPrinted(rabbit, /service visible/)
    address = await addressOf('rabbit')
    for (const server of [PRODUCER, CONSUMER]) await untilResolved(server, 'rabbit', address)
  }

  before(async () => {
    const found = (await taken()).join(', ')
    assert.equal(found, '', `may be in use: ${found}; npm run demo -- notebooks --stop`)
    isOurs = true
  })
  after(async () => {
    if (isOurs) await runShown('npm run demo -- notebooks --stop')
  })

  test('starts with its own four commands, and `rabbit` is a host name in both servers', async () => {
    const { code, output } = await runShown(`set -e\n${SERVERS}\necho "PEER is $PEER"`)
    assert.equal(code, 0, output)
    peer = /PEER is (.*)/.exec(output)?.[1] ?? ''
    assert.equal(peer, `${await addressOf('ipython1')}:7946`)
    await startRabbit()
    volumes = await volumesInUse()
  })

  test('has notebooks on the ports 1234 and 1235, for those who have the link', async () => {
    for (const [server, port] of [
      [PRODUCER, '1234'],
      [CONSUMER, '1235'],
    ] as const) {
      const link = await linkOf(server)
      assert.equal(link.port, port)
      const page = await fetch(link, { redirect: 'manual' })
      assert.equal(page.status, 302, `${link} leads to the list of notebooks`)
      assert.equal(page.headers.get('location')?.split('?')[0], '/tree')
      const stranger = await fetch(new URL('/api/contents', link))
      assert.equal(stranger.status, 403)
    }
  })

  test('brings numbers from one notebook to the other while `rabbit` goes and comes back', async () => {
    const consumer = notebook(CONSUMER, 'consumer.ipynb')
    const wishes = ['-e', 'NUMBERS=40', '-e', 'PAUSE=0.2']
    const producer = notebook(PRODUCER, 'producer.ipynb', ...wishes)
    await untilPrinted(consumer, /received 5\n/)

    await docker('stop', 'rabbit')
    assert.equal(await rabbit?.ended, 0, rabbit?.said())
    for (const server of [PRODUCER, CONSUMER]) await untilResolved(server, 'rabbit', undefined)
    for (const each of [producer, consumer]) await untilPrinted(each, /no host is called rabbit/)
    assert.ok(!(await taken()).includes('rabbitmq_app_rabbit'), '--rm takes its child too')
    assert.doesNotMatch(producer.said(), /sent 40\n/)

    await startRabbit()
    assert.deepEqual([await producer.ended, await consumer.ended], [0, 0], consumer.said())
    const received = [...consumer.said().matchAll(/^received (\d+)$/gm)].map(([, n]) => Number(n))
    const wanted = Array.from({ length: 40 }, (_, at) => at + 1)
    const missing = wanted.filter((number) => !received.includes(number))
    // One may have been on its way through the rabbit that went.
    assert.ok(missing.length <= 1 && received.at(-1) === 40, consumer.said())
    assert.equal(producer.said().match(/connected to rabbit/g)?.length, 2)
    assert.match(consumer.said(), new RegExp(`rabbit +${address} +5672/tcp`))
  })

  test('shows the numbers in the notebook that was run', async () => {
    const link = await linkOf(CONSUMER)
    const page = await fetch(new URL(`/api/contents/consumer.ipynb${link.search}`, link))
    const shown = JSON.stringify(await page.json())
    for (const line of ['received 1\\\\n', 'received 40\\\\n', 'their sum is']) {
      assert.match(shown, new RegExp(line))
    }
  })

  test('leaves nothing behind when it is stopped', async () => {
    const { code, output } = await runShown('npm run demo -- notebooks --stop')
    assert.equal(code, 0, output)
    assert.deepEqual(await taken(), [])
    assert.ok(volumes.length >= 2)
    assert.deepEqual(await volumesLeft(volumes), [])
  })

  test('is told with these commands', () => {
    for (const file of ['docs/notebooks.md', 'examples/notebooks/README.md']) {
      const text = readFileSync(join(ROOT, file), 'utf8')
      assert.ok(text.includes(`${SERVERS}\n${RABBIT}`), file)
    }
  })
})
