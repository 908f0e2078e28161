import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { pause } from '../../../src/lib/wait.ts'
import { dns } from '../../../src/surfaces/dns/dns.ts'
import { eventually } from '../../support/eventually.ts'
import { fakeCatalog, keepingLog, service } from '../fake-catalog.ts'

const web = service(1, { service: '172.17.0.3' })
const db = service(2, { role: 'db', service: '172.17.0.4' })

const start = async (t: TestContext, folder?: string) => {
  const at = folder ?? (await mkdtemp(join(tmpdir(), 'sntest-dns-')))
  if (!folder) t.after(() => rm(at, { recursive: true }))
  mkdirSync(join(at, 'hosts'), { recursive: true })
  const fake = fakeCatalog([web])
  const stop = new AbortController()
  const { log, lines } = keepingLog()
  const done = dns.run({ catalog: fake.catalog, signal: stop.signal, log, folder: at, checkMs: 20 })
  t.after(() => {
    stop.abort()
    return done
  })
  const path = join(at, 'hosts', 'names')
  const shows = (text: string) =>
    eventually(() => assert.equal(readFileSync(path, 'utf8'), text), { every: 5 })
  return { ...fake, lines, folder: at, path, shows, stop, done }
}

const WEB = '172.17.0.3 web-1.node.serf web.serf oldest.web.serf\n'
const DB = '172.17.0.4 web-2.node.serf db.serf oldest.db.serf\n'

describe('the hosts folder', () => {
  test('has what the catalog has, at once and after each change', async (t) => {
    const { become, shows } = await start(t)
    await shows(WEB)
    become([db, web])
    await shows(WEB + DB)
    become([db])
    await shows(DB)
  })

  test('has never more than this file: dnsmasq would read another too', async (t) => {
    const { become, shows, folder } = await start(t)
    await shows(WEB)
    become([db])
    await shows(DB)
    assert.deepEqual(readdirSync(join(folder, 'hosts')), ['names'])
  })

  test('is not written again by an agent that shows the same', async (t) => {
    const first = await start(t)
    await first.shows(WEB)
    first.stop.abort()
    await first.done
    const { ino } = statSync(first.path)
    const second = await start(t, first.folder)
    await eventually(() => assert.ok(second.sights() > 3))
    assert.equal(statSync(second.path).ino, ino)
  })

  test('is not written at each of many changes when it is long: dnsmasq reads every one', async (t) => {
    const { become, path, shows } = await start(t)
    await shows(WEB)
    const many = Array.from({ length: 1_000 }, (_, at) =>
      service(at + 1, { service: `10.0.${at >> 8}.${at & 255}` }),
    )
    const seen = new Set<bigint>()
    for (let left = 1_000; left > 970; left--) {
      become(many.slice(0, left))
      await pause(2)
      seen.add(statSync(path, { bigint: true }).mtimeNs)
    }
    assert.ok(seen.size < 8, `${seen.size} writes`)
    await eventually(() => assert.equal(readFileSync(path, 'utf8').trim().split('\n').length, 971))
  })

  test('leaves out what is no DNS name, with one warning for a node and none for a role', async (t) => {
    const { become, lines, shows } = await start(t)
    const from = service(3, { role: 'my role', service: '172.17.0.5' })
    const odd = { ...from, name: 'a..b', id: 'web-3' }
    const ODD = '172.17.0.5 web-3.node.serf\n'
    become([web, odd])
    await shows(WEB + ODD)
    become([db, odd])
    await shows(DB + ODD)
    assert.deepEqual(
      lines.map(({ line }) => line),
      ['warn show dns: a name is left out'],
    )
  })
})
