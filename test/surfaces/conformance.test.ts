import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createCatalog, type ListedMember } from '../../src/catalog/catalog.ts'
import { isHostName } from '../../src/catalog/host-name.ts'
import { dns } from '../../src/surfaces/dns/dns.ts'
import { nameServices } from '../../src/surfaces/dns/names.ts'
import { renderNames } from '../../src/surfaces/dns/render.ts'
import { files } from '../../src/surfaces/files/files.ts'
import { renderById, renderByRole } from '../../src/surfaces/files/render.ts'
import { hosts } from '../../src/surfaces/hosts/hosts.ts'
import { renderHosts } from '../../src/surfaces/hosts/render.ts'
import { createChance, HOSTILE, listed } from '../catalog/random.ts'
import { eventually } from '../support/eventually.ts'
import { keepingLog } from './fake-catalog.ts'

const BASE = '127.0.0.1 localhost\n'

type Entry = { id: string; service_ip: string; timestamp: string }

describe('all surfaces', () => {
  test('say the same of every snapshot, whatever members come, go and send', () => {
    const { below, pick, times } = createChance(9)
    const catalog = createCatalog({ self: 'web-1.000001' })
    let hostsText = BASE
    for (let round = 0; round < 500; round++) {
      const members: ListedMember[] = times(12, () =>
        listed(1 + below(12), {
          status: pick(['alive', 'alive', 'alive', 'failed', 'left', 'leaving']),
          tags: {
            role: pick(['web', 'mysql', 'no_role', 'my role', pick(HOSTILE)]),
            service: pick(['172.17.0.1', '172.17.0.2', pick(HOSTILE)]),
            timestamp: `${1 + below(3)}`,
          },
        }),
      )
      catalog.apply(members)
      const { services } = catalog.snapshot()
      hostsText = renderHosts(hostsText, { services, aliases: [] }).text
      const byId = Object.entries(JSON.parse(renderById(services)) as Record<string, Entry>)
      const byRole = Object.entries(JSON.parse(renderByRole(services)) as Record<string, Entry[]>)

      assert.deepEqual(byId.map(([id]) => id).sort(), services.map(({ id }) => id).sort())
      assert.deepEqual(
        byRole.flatMap(([, list]) => list.map(({ id }) => id)).sort(),
        byId.map(([id]) => id).sort(),
      )
      const alive = members.filter(({ status }) => status === 'alive').map(({ name }) => name)
      for (const [id] of byId) assert.ok(alive.includes(id))

      const lines = hostsText.split('\n').map((line) => line.replace(/#.*/, '').trim())
      const expected = byRole
        .filter(([role]) => isHostName(role))
        .map(([role, [first]]) => `${first?.service_ip} ${role}`)
      assert.deepEqual(lines.filter(Boolean).sort(), [...expected, BASE.trim()].sort())

      const files = renderNames(nameServices(services).services)
      const named = [...files.values()].join('').split('\n')
      for (const [role, list] of byRole.filter(([role]) => isHostName(role))) {
        const addressesOf = (name: string) =>
          named.filter((line) => line.split(' ').includes(name)).map((line) => line.split(' ')[0])
        const addresses = list.map(({ service_ip }) => service_ip)
        assert.deepEqual(addressesOf(`${role.toLowerCase()}.serf`).sort(), [...addresses].sort())
        assert.deepEqual(addressesOf(`oldest.${role.toLowerCase()}.serf`), addresses.slice(0, 1))
      }
    }
  })

  test('lose a dead member together, and show it again together', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sntest-surfaces-'))
    const path = join(folder, 'hosts')
    writeFileSync(path, BASE)
    const catalog = createCatalog({ self: 'web-1.000001' })
    const stop = new AbortController()
    const { log } = keepingLog()
    // Nobody looks at the files by the clock here: one change must be enough for all.
    const context = { catalog, signal: stop.signal, log, checkMs: 60_000 }
    await mkdir(join(folder, 'dns', 'hosts'), { recursive: true })
    const running = [
      hosts.run({ ...context, path }),
      files.run({ ...context, folders: [folder] }),
      dns.run({ ...context, folder: join(folder, 'dns') }),
    ]
    t.after(async () => {
      stop.abort()
      await Promise.all(running)
      await rm(folder, { recursive: true })
    })
    const named = () => readdirSync(join(folder, 'dns/hosts')).map((name) => `dns/hosts/${name}`)
    const has = (name: string) => /\bmysql\b/.test(readFileSync(join(folder, name), 'utf8'))
    const seen = () => [
      ...['hosts', 'serfnodes_by_id.json', 'serfnodes_by_role.json'].map(has),
      named().some(has),
    ]
    const member = (status: ListedMember['status']) =>
      listed(1, { status, tags: { role: 'mysql' } })
    for (const status of ['alive', 'failed', 'alive', 'left'] as const) {
      catalog.apply([member(status), listed(2)])
      const shown = status === 'alive'
      await eventually(() => assert.deepEqual(seen(), [shown, shown, shown, shown]), {
        within: 2_000,
        every: 5,
      })
    }
  })
})
