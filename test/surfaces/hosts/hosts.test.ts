import assert from 'node:assert/strict'
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { hosts } from '../../../src/surfaces/hosts/hosts.ts'
import { renderHosts } from '../../../src/surfaces/hosts/render.ts'
import { writeInPlace } from '../../../src/surfaces/write-in-place.ts'
import { createChance } from '../../catalog/random.ts'
import { eventually } from '../../support/eventually.ts'
import { fakeCatalog, keepingLog, service } from '../fake-catalog.ts'

const BASE = '127.0.0.1 localhost\n'
const mysql = service(1, { role: 'mysql', service: '172.17.0.3' })
const web = service(2, { role: 'web', service: '172.17.0.4' })

const folderFor = async (t: TestContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'sntest-hosts-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

const start = async (
  t: TestContext,
  {
    path,
    aliases = [],
    text = BASE,
  }: { path?: string; aliases?: string[]; text?: string | null } = {},
) => {
  const at = path ?? join(await folderFor(t), 'hosts')
  if (text !== null) writeFileSync(at, text)
  const fake = fakeCatalog([mysql])
  const stop = new AbortController()
  const { log, lines } = keepingLog()
  const context = { catalog: fake.catalog, signal: stop.signal, log }
  const done = hosts.run({ ...context, path: at, aliases, checkMs: 20 })
  t.after(() => {
    stop.abort()
    return done.catch(() => {}) // A test that expects an error awaits `done` itself.
  })
  const shows = (pattern: RegExp) =>
    eventually(() => assert.match(readFileSync(at, 'latin1'), pattern), { within: 3_000, every: 5 })
  const lacks = (pattern: RegExp) =>
    eventually(() => assert.doesNotMatch(readFileSync(at, 'latin1'), pattern), {
      within: 3_000,
      every: 5,
    })
  return { ...fake, path: at, stop, done, lines, shows, lacks }
}

describe('the hosts surface', () => {
  test('shows what the catalog has, at once and after each change', async (t) => {
    const { become, shows, lacks, path } = await start(t)
    await shows(/^172\.17\.0\.3 mysql /m)
    become([web])
    await shows(/^172\.17\.0\.4 web /m)
    await lacks(/mysql/)
    assert.ok(readFileSync(path, 'utf8').startsWith(BASE))
  })

  test('keeps the inode, since nothing can be renamed over a bind mount', async (t) => {
    const { path, shows, become, lacks } = await start(t)
    const { ino } = statSync(path)
    await shows(/mysql/)
    become([])
    await lacks(/mysql/)
    assert.equal(statSync(path).ino, ino)
    assert.equal(readFileSync(path, 'utf8'), BASE)
  })

  test('writes nothing while nothing changes', async (t) => {
    const { path, shows, sights } = await start(t)
    await shows(/mysql/)
    const { mtimeNs } = statSync(path, { bigint: true })
    const before = sights()
    await eventually(() => assert.equal(sights() > before + 3, true), { every: 5 })
    assert.equal(statSync(path, { bigint: true }).mtimeNs, mtimeNs)
  })

  test('comes back after somebody rewrote the file, and keeps what he wrote', async (t) => {
    const { path, shows } = await start(t)
    await shows(/mysql/)
    writeFileSync(path, `${BASE}10.1.1.1 added\n`)
    await shows(/^127\.0\.0\.1 localhost\n10\.1\.1\.1 added\n# begin.*\n172\.17\.0\.3 mysql/)
  })

  test('waits once when the file is empty: somebody is about to write it', async (t) => {
    const { path, shows } = await start(t, { text: '' })
    await shows(/mysql/)
    writeFileSync(path, BASE)
    await shows(/^127\.0\.0\.1 localhost\n# begin/)
  })

  test('warns once of a name that it leaves out', async (t) => {
    const { become, shows, lines } = await start(t)
    const odd = service(3, { role: 'my role' })
    for (const services of [
      [odd, mysql],
      [odd, web],
      [odd, mysql],
    ]) {
      become(services)
      await shows(services[1] === web ? /web/ : /mysql/)
    }
    const warned = lines.filter(({ line }) => line.includes('left out'))
    assert.deepEqual(warned, [
      {
        line: 'warn show hosts: a name is left out',
        facts: {
          surface: 'hosts',
          left_out: [{ name: 'my role', reason: 'not a host name' }],
          count: 1,
        },
      },
    ])
  })

  test('says once that it cannot write, tries again and says when it can', async (t) => {
    const path = join(await folderFor(t), 'hosts')
    const { lines, shows, become } = await start(t, { path, text: null })
    await eventually(() => assert.equal(lines.length, 1))
    for (let round = 0; round < 5; round++) {
      become([mysql])
      await new Promise(setImmediate)
    }
    assert.match(JSON.stringify(lines[0]), /warn show hosts: not written.*ENOENT/)
    assert.equal(existsSync(path), false, 'it makes no file of its own')
    writeFileSync(path, BASE)
    await shows(/mysql/)
    await eventually(() => assert.equal(lines.length, 2))
    assert.equal(lines[1]?.line, 'info show hosts: written again')
  })

  test('follows no link and survives a folder or a FIFO in its place', async (t) => {
    const folder = await folderFor(t)
    const secret = join(folder, 'secret')
    writeFileSync(secret, 'secret')
    const path = join(folder, 'hosts')
    await symlink(secret, path)
    const { lines, shows } = await start(t, { path, text: null })
    await eventually(() => assert.match(JSON.stringify(lines), /ELOOP/))
    await rm(path)
    await mkdir(path)
    await eventually(() => assert.match(JSON.stringify(lines), /EISDIR/))
    await rm(path, { recursive: true })
    writeFileSync(path, BASE)
    await shows(/mysql/)
    assert.equal(readFileSync(secret, 'utf8'), 'secret')
  })

  test('leaves the old text whole when there is no room for the new one', async (t) => {
    const path = join(await folderFor(t), 'hosts')
    const few = renderHosts(BASE, { services: [mysql], aliases: [] }).text
    writeFileSync(path, few)
    const many = Array.from({ length: 100 }, (_, at) => service(at + 1, { role: `role-${at}` }))
    const write = () =>
      writeInPlace(path, (text) => renderHosts(text, { services: many, aliases: [] }).text)
    // The soft limit of the size of a file stops a write in its middle, as a full disk does.
    const limit = (bytes: string) =>
      execFileSync('prlimit', ['--pid', `${process.pid}`, `--fsize=${bytes}:`])
    limit('4096')
    try {
      await assert.rejects(write, { code: 'EFBIG' })
    } finally {
      limit('unlimited')
    }
    assert.equal(readFileSync(path, 'utf8'), few)
    await write()
    assert.match(readFileSync(path, 'utf8'), /role-99 /)
  })

  test('returns when it is told to stop, and writes nothing after that', async (t) => {
    const { stop, done, shows, become, path } = await start(t)
    await shows(/mysql/)
    stop.abort()
    await done
    become([web])
    assert.doesNotMatch(readFileSync(path, 'utf8'), /web/)
  })

  test('throws when the catalog ends, since it cannot go on', async (t) => {
    const { end, done, shows } = await start(t)
    await shows(/mysql/)
    end()
    await assert.rejects(done, { name: 'SurfaceError', code: 'catalog-ended' })
  })
})

describe('a reader of the hosts file', () => {
  type Seen = Record<
    'reads' | 'empty' | 'withoutLocalhost' | 'torn' | 'withoutLasting' | 'versions',
    number
  >

  const readWhile = async (t: TestContext, path: string, write: () => Promise<unknown>) => {
    const reader = fork(fileURLToPath(new URL('hosts-reader.ts', import.meta.url)), [path, '20000'])
    t.after(() => reader.kill('SIGKILL'))
    await once(reader, 'message')
    let seen: Seen | undefined
    reader.once('message', (message) => {
      seen = message as Seen
    })
    const exit = once(reader, 'exit')
    const deadline = performance.now() + 20_000
    while (!seen && performance.now() < deadline) await write()
    if (!seen) reader.kill('SIGKILL')
    await exit
    assert.ok(seen, 'the reader met 100 versions of the file in time')
    return seen
  }

  const churn = () => {
    const chance = createChance(8)
    return () =>
      [99, ...Array.from({ length: 40 }, (_, at) => at + 1).filter(() => chance.below(2))].map(
        (at) => service(at, { role: `role-${at}`, service: `10.0.${chance.below(2)}.${at}` }),
      )
  }

  test('sees localhost and every lasting name at each of 20,000 reads', async (t) => {
    const path = join(await folderFor(t), 'hosts')
    writeFileSync(path, BASE)
    const next = churn()
    const write = () =>
      writeInPlace(path, (text) => renderHosts(text, { services: next(), aliases: [] }).text)
    await write()
    const seen = await readWhile(t, path, write)
    t.diagnostic(JSON.stringify(seen))
    assert.equal(seen.empty, 0)
    assert.equal(seen.withoutLocalhost, 0)
    assert.equal(seen.withoutLasting, 0)
    // Memory is not copied in one piece: within 64 bytes a cut is rare, and never is it impossible.
    assert.ok(seen.torn <= 2, `${seen.torn} torn`)
  })
})
