import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createStatusFile, type NodeStatus } from '../../src/agent/status.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'

const first: NodeStatus = {
  id: 'web-1.abc123',
  name: 'web-1',
  role: 'web',
  cluster: 'default',
  version: '1.0.0',
  phase: 'joining',
  timestamp: '1700000000.5',
  serf_ip: '172.17.0.2',
  serf_port: '7946',
  service_port: '0',
  ports: {},
  warnings: ['old'],
  children: [],
}

describe('the status file', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sn-status-'))
  })
  after(() => rm(folder, { recursive: true }))
  const read = async (path: string) => JSON.parse(await readFile(path, 'utf8'))

  test('ends with what was set last, however the changes come', async () => {
    const path = join(folder, 'status.json')
    const status = createStatusFile(first, keptLog(), path)
    status.set({})
    await status.flushed()
    // A change to what is written already, and another one in the same breath.
    status.set({})
    status.set({ phase: 'up' })
    await eventually(async () => assert.equal((await read(path)).phase, 'up'), { within: 2_000 })
    for (let n = 0; n < 50; n++) {
      status.about(`topic ${n % 5}`, `warning ${n}`)
      if (n % 7 === 0) await status.flushed()
    }
    status.about('topic 0', undefined)
    await status.flushed()
    const { warnings } = await read(path)
    assert.deepEqual(warnings, ['old', 'warning 46', 'warning 47', 'warning 48', 'warning 49'])
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  })

  test('tells what is told to others, and that nothing is any more', async () => {
    const path = join(folder, 'told.json')
    const status = createStatusFile(first, keptLog(), path)
    const {
      id: _,
      cluster: _c,
      version: _v,
      phase: _p,
      warnings: _w,
      children: _ch,
      ...facts
    } = first
    status.told({ ...facts, service_ip: '172.17.0.2', ports: { '80/tcp': ['80'] } })
    await status.flushed()
    const { service_ip, ports } = await read(path)
    assert.deepEqual([service_ip, ports], ['172.17.0.2', { '80/tcp': ['80'] }])
    status.told(facts)
    await status.flushed()
    assert.equal('service_ip' in (await read(path)), false)
  })

  test('that cannot be written is said and does not throw', async () => {
    const log = keptLog()
    const path = join(folder, 'later', 'status.json')
    const status = createStatusFile(first, log, path)
    status.set({ phase: 'waiting' })
    await status.flushed()
    assert.equal(log.lines.length, 1)
  })
})
