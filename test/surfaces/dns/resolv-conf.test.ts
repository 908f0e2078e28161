import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { createResolvConf } from '../../../src/surfaces/dns/resolv-conf.ts'

const DOCKER =
  '# by Docker\nnameserver 10.0.0.2\nnameserver fd00::53\nsearch a.example b\noptions ndots:0 edns0\n'
const OURS =
  '# kept by serfnode; servers before: 10.0.0.2 fd00::53\nnameserver 127.0.0.1\n# by Docker\nsearch a.example b\noptions ndots:0 edns0\n'

const start = async (t: TestContext, text = DOCKER) => {
  const folder = await mkdtemp(join(tmpdir(), 'sntest-resolv-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'etc')
  writeFileSync(path, text, 'latin1')
  const make = () =>
    createResolvConf({ path, folder, address: '127.0.0.1', own: ['127.0.0.1', '127.0.0.2'] })
  const read = (name = 'etc') => readFileSync(join(folder, name), 'latin1')
  return { folder, path, make, read, write: (now: string) => writeFileSync(path, now) }
}

describe('resolv.conf', () => {
  test('leads to our DNS alone, and keeps search domains and options', async (t) => {
    const { make, read, path } = await start(t)
    const { ino } = statSync(path)
    await make().point()
    assert.equal(read(), OURS)
    assert.equal(statSync(path).ino, ino, 'nothing can be renamed over a bind mount')
    assert.equal(read('upstream'), 'nameserver 10.0.0.2\nnameserver fd00::53\n')
  })

  test('is put back byte for byte, by another agent too', async (t) => {
    const { make, read } = await start(t, `# \xe9\n${DOCKER}nameserver 1.1.1.1`)
    await make().point()
    assert.notEqual(read(), DOCKER)
    await make().back()
    assert.equal(read(), `# \xe9\n${DOCKER}nameserver 1.1.1.1`)
  })

  test('is taken over again after somebody rewrote it, with his servers', async (t) => {
    const { make, read, write } = await start(t)
    const conf = make()
    await conf.point()
    write('nameserver 127.0.0.11\noptions ndots:0\n')
    await conf.point()
    assert.match(read(), /^# kept by serfnode.*127\.0\.0\.11\nnameserver 127\.0\.0\.1\noptions/)
    assert.equal(read('upstream'), 'nameserver 127.0.0.11\n')
    await conf.back()
    assert.equal(read(), 'nameserver 127.0.0.11\noptions ndots:0\n')
  })

  test('that a killed node led to us, in a container whose network a new one shares, is put back', async (t) => {
    const { make, read } = await start(t, OURS)
    await make().note()
    assert.equal(read('upstream'), 'nameserver 10.0.0.2\nnameserver fd00::53\n')
    await make().point()
    assert.equal(read(), OURS)
    await make().back()
    assert.equal(
      read(),
      'nameserver 10.0.0.2\nnameserver fd00::53\n# by Docker\nsearch a.example b\noptions ndots:0 edns0\n',
    )
  })

  test('names no server of ours as one to ask for all else', async (t) => {
    const { make, read } = await start(t, 'nameserver 127.0.0.1\nnameserver 0.0.0.0\n')
    await make().note()
    assert.equal(read('upstream'), '')
    assert.equal(read('resolv.conf'), 'nameserver 127.0.0.1\nnameserver 0.0.0.0\n')
  })

  test('of ours that somebody changed is as it should be again', async (t) => {
    const { make, read, write } = await start(t)
    const conf = make()
    await conf.point()
    write(`${OURS}nameserver 8.8.8.8\n`)
    await conf.point()
    assert.equal(read(), OURS)
    assert.equal(read('upstream'), 'nameserver 10.0.0.2\nnameserver fd00::53\n')
  })

  test('that is empty for a moment is no new one', async (t) => {
    const { make, read, write } = await start(t)
    const conf = make()
    await conf.point()
    write('')
    await conf.point()
    assert.equal(read(), '')
    await conf.point()
    assert.equal(read(), OURS)
  })

  test('is left alone by who puts back what he never took', async (t) => {
    const { make, read, folder } = await start(t)
    await make().back()
    assert.equal(read(), DOCKER)
    assert.equal(existsSync(join(folder, 'upstream')), false)
  })

  test('of which a child made something huge is not read whole', async (t) => {
    const { make, write, read } = await start(t)
    const conf = make()
    await conf.point()
    write('# x\n'.repeat(100_000))
    await assert.rejects(conf.point(), { name: 'SurfaceError', message: /more than 65536 bytes/ })
    assert.equal(read('resolv.conf'), DOCKER)
  })

  test('has three servers at most, as resolvers take no more, and addresses only', async (t) => {
    const lines = ['x', '1.1.1.1', 'fe80::1%eth0', '127.1', '1.1.1.2', '1.1.1.3', '1.1.1.4']
    const { make, read } = await start(t, lines.map((line) => `nameserver ${line}\n`).join(''))
    await make().note()
    assert.equal(
      read('upstream'),
      'nameserver 1.1.1.1\nnameserver fe80::1%eth0\nnameserver 1.1.1.2\n',
    )
  })

  test('without any server is led to us too', async (t) => {
    const { make, read } = await start(t, 'search x\n')
    await make().point()
    assert.equal(
      read(),
      '# kept by serfnode; servers before: none\nnameserver 127.0.0.1\nsearch x\n',
    )
  })
})
