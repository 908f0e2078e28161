import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
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
  const hosts = join(at, 'hosts')
  const files = () => readdirSync(hosts).map((file) => join(hosts, file))
  const text = () =>
    files()
      .map((file) => readFileSync(file, 'utf8'))
      .join('')
  const shows = (...lines: string[]) =>
    eventually(() => assert.deepEqual(text().split('\n').filter(Boolean).sort(), lines.sort()), {
      every: 5,
    })
  return { ...fake, lines, folder: at, files, text, shows, stop, done }
}

const WEB = '172.17.0.3 web-1.node.serf web.serf oldest.web.serf'
const DB = '172.17.0.4 web-2.node.serf db.serf oldest.db.serf'

describe('the hosts folder', () => {
  test('has what the catalog has, at once and after each change', async (t) => {
    const { become, shows } = await start(t)
    await shows(WEB)
    become([db, web])
    await shows(WEB, DB)
    become([db])
    await shows(DB)
  })

  test('has nothing but the files of names: dnsmasq would read another too', async (t) => {
    const { become, shows, files } = await start(t)
    await shows(WEB)
    become([db])
    await shows(DB)
    for (const file of files()) assert.match(file, /\/names-\d+$/)
  })

  test('is not written again by an agent that shows the same', async (t) => {
    const first = await start(t)
    await first.shows(WEB)
    first.stop.abort()
    await first.done
    const inodes = () => first.files().map((file) => statSync(file).ino)
    const before = inodes()
    const second = await start(t, first.folder)
    await eventually(() => assert.equal(second.sights() > 3, true))
    assert.deepEqual(inodes(), before)
  })

  test('loses the names that only a former agent knew', async (t) => {
    const first = await start(t)
    first.become([web, db])
    await first.shows(WEB, DB)
    first.stop.abort()
    await first.done
    const second = await start(t, first.folder)
    await second.shows(WEB)
  })

  test('of a thousand services has one small file written anew when one changes', async (t) => {
    const { become, files, text } = await start(t)
    const many = Array.from({ length: 1_000 }, (_, at) =>
      service(at + 1, { service: `10.0.${at >> 8}.${at & 255}` }),
    )
    const began = performance.now()
    become(many)
    await eventually(() => assert.equal(text().trim().split('\n').length, 1_000))
    const inodes = () => new Map(files().map((file) => [file, statSync(file).ino]))
    const before = inodes()
    become([...many.slice(0, -1), { ...many.at(-1)!, service_ip: '10.9.9.9' }])
    await eventually(() => assert.match(text(), /^10\.9\.9\.9 /m))
    const changed = [...inodes()].filter(([file, ino]) => before.get(file) !== ino)
    assert.equal(changed.length, 1)
    assert.ok(statSync(changed[0]![0]).size < 100 * 40)
    // dnsmasq had time to read the thousand before.
    assert.ok(performance.now() - began >= 190)
  })

  test('leaves out what is no DNS name, with one warning for a node and none for a role', async (t) => {
    const { become, lines, shows } = await start(t)
    const from = service(3, { role: 'my role', service: '172.17.0.5' })
    const odd = { ...from, name: 'a..b', id: 'web-3' }
    const ODD = '172.17.0.5 web-3.node.serf'
    become([web, odd])
    await shows(WEB, ODD)
    become([db, odd])
    await shows(DB, ODD)
    assert.deepEqual(
      lines.map(({ line }) => line),
      ['warn show dns: a name is left out'],
    )
  })
})
