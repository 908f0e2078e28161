import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { files } from '../../../src/surfaces/files/files.ts'
import { renderById, renderByRole } from '../../../src/surfaces/files/render.ts'
import { HOSTILE } from '../../catalog/random.ts'
import { eventually } from '../../support/eventually.ts'
import { fakeCatalog, keepingLog, service } from '../fake-catalog.ts'

const young = service(3, { role: 'rabbit', timestamp: '1000' })
const old = service(4, { role: 'rabbit', timestamp: '999' })
const web = service(2, { role: 'my web', ports: '53u53|80t32768' })

describe('the JSON files', () => {
  test('have the node info of 2015 under each member name', () => {
    assert.deepEqual(JSON.parse(renderById([web]))[web.id], {
      id: web.id,
      name: 'web-2',
      role: 'my web',
      ports: { '53/udp': ['53'], '80/tcp': ['32768'] },
      serf_ip: '172.17.0.2',
      serf_port: '7946',
      service_ip: '172.17.0.2',
      service_port: '0',
      timestamp: '1700000002',
    })
  })

  test('have the oldest member first under each role', () => {
    const roles = JSON.parse(renderByRole([young, web, old]))
    assert.deepEqual(Object.keys(roles), ['my web', 'rabbit'])
    assert.deepEqual(
      roles.rabbit.map(({ id }: { id: string }) => id),
      [old.id, young.id],
    )
  })

  test('are the same bytes for the same services in any order', () => {
    assert.equal(renderById([young, web, old]), renderById([old, web, young]))
    assert.equal(renderByRole([young, web, old]), renderByRole([old, web, young]))
  })

  test('are empty objects when there is nobody', () => {
    assert.deepEqual([renderById([]), renderByRole([])], ['{}\n', '{}\n'])
  })

  test('carry any role and id as data, even past the catalog', () => {
    for (const text of [...HOSTILE, 'constructor', 'toString', '7']) {
      const services = [{ ...web, role: text, id: text }, old]
      const wanted = Buffer.from(text).toString() // a lone surrogate has no UTF-8
      const roles = Object.entries(JSON.parse(Buffer.from(renderByRole(services)).toString()))
      assert.equal(roles.length, 2)
      if (text === wanted)
        assert.ok(
          roles.some(([role]) => role === text),
          JSON.stringify(text),
        )
      if (text === wanted) assert.ok(Object.hasOwn(JSON.parse(renderById(services)), text))
    }
    assert.equal(({} as Record<string, unknown>)['role'], undefined)
  })
})

describe('the files surface', () => {
  const start = async (t: TestContext, extra: string[] = []) => {
    const folder = await mkdtemp(join(tmpdir(), 'sntest-files-'))
    const folders = [...extra, join(folder, 'root'), join(folder, 'shared')]
    for (const each of folders.slice(extra.length)) await mkdir(each)
    const fake = fakeCatalog([old])
    const stop = new AbortController()
    const { log, lines } = keepingLog()
    const context = { catalog: fake.catalog, signal: stop.signal, log }
    const done = files.run({ ...context, folders, checkMs: 20 })
    t.after(async () => {
      stop.abort()
      await done
      await rm(folder, { recursive: true })
    })
    const paths = ['root', 'shared'].flatMap((part) =>
      ['serfnodes_by_id.json', 'serfnodes_by_role.json'].map((name) => join(folder, part, name)),
    )
    const show = (...services: (typeof old)[]) =>
      eventually(
        () => {
          for (const path of paths) {
            const render = path.includes('by_id') ? renderById : renderByRole
            assert.equal(readFileSync(path, 'utf8'), render(services))
          }
        },
        { within: 3_000, every: 5 },
      )
    return { ...fake, folder, paths, shared: paths[2] as string, show, lines, stop, done }
  }

  test('writes both files into each folder, at once and after each change', async (t) => {
    const { show, become } = await start(t)
    await show(old)
    become([web, young])
    await show(web, young)
    become([])
    await show()
  })

  test('writes nothing while nothing changes', async (t) => {
    const { show, shared, sights } = await start(t)
    await show(old)
    const { mtimeNs } = statSync(shared, { bigint: true })
    const before = sights()
    await eventually(() => assert.equal(sights() > before + 3, true), { every: 5 })
    assert.equal(statSync(shared, { bigint: true }).mtimeNs, mtimeNs)
  })

  test('puts back what a child changed, removed or replaced, and follows no link', async (t) => {
    const { show, shared, folder } = await start(t)
    await show(old)
    const secret = join(folder, 'secret')
    writeFileSync(secret, 'secret')
    for (const harm of [
      () => writeFileSync(shared, '{"mysql": []}'),
      () => rm(shared),
      () => rm(shared).then(() => mkdir(shared)),
      () => rm(shared).then(() => symlink(secret, shared)),
      () => rm(shared).then(() => symlink('/dev/zero', shared)),
      () => rename(shared, join(folder, 'same')).then(() => symlink(join(folder, 'same'), shared)),
      () => rm(shared).then(() => execFileSync('mkfifo', [shared])),
      () => symlink(secret, `${shared}.new`).then(() => rm(shared)),
    ]) {
      await harm()
      await eventually(() => assert.equal(Boolean(lstatSync(shared).isFile()), true), {
        within: 3_000,
        every: 5,
      })
      await show(old)
    }
    assert.equal(readFileSync(secret, 'utf8'), 'secret')
  })

  test('lets a folder that is not there hinder no other, and says so once', async (t) => {
    const { show, become, lines } = await start(t, [join(tmpdir(), 'sntest-not-there')])
    await show(old)
    become([web])
    await show(web)
    assert.equal(lines.length, 1)
    assert.match(JSON.stringify(lines), /not written.*sntest-not-there.*by_id.*ENOENT/)
  })

  test('returns when it is told to stop', async (t) => {
    const { show, stop, done, become, shared } = await start(t)
    await show(old)
    stop.abort()
    await done
    become([web])
    assert.equal(readFileSync(shared, 'utf8'), renderById([old]))
  })
})
