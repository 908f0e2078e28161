import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { docker, tryDocker } from '../support/docker.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const NAMES = ['mysql', 'web1', 'web2']

/** `npm run demo -- ARGS`. */
const demo = async (...args: string[]): Promise<string> => {
  const program = [join(ROOT, 'scripts/with-deps.mjs'), 'scripts/demo.ts', ...args]
  const ran = await promisify(execFile)(process.execPath, program, { cwd: ROOT, timeout: 240_000 })
  return ran.stdout
}

const taken = async (): Promise<string[]> => {
  const filters = NAMES.flatMap((name) => ['--filter', `name=^/${name}$`])
  const names = await docker('ps', '-a', '--format', '{{.Names}}', ...filters)
  return names.split('\n').filter(Boolean)
}

/** What is on the engine: containers, volumes, networks. */
const inventory = async (): Promise<string[]> => {
  const lists = [
    ['ps', '-aq'],
    ['volume', 'ls', '-q'],
    ['network', 'ls', '-q'],
  ]
  const texts = await Promise.all(lists.map((args) => docker(...args)))
  return texts
    .flatMap((text) => text.split('\n'))
    .filter(Boolean)
    .sort()
}

// A demo that somebody looks at is left alone.
const inUse = await taken()
const skip = inUse.length > 0 ? `there are containers named ${inUse.join(', ')}` : false

describe('npm run demo', { skip }, () => {
  let untouched: string[] = []
  before(async () => {
    untouched = await inventory()
  })
  after(() => demo('--stop'))

  test('ends with the running cluster and a report of it', async () => {
    const report = await demo()
    assert.match(report, /mysql-\w{6}\s+mysql\s+alive/)
    assert.equal(report.match(/web-\w{6}\s+web\s+alive/g)?.length, 2)
    const [, address] = /in app_app_web2: mysql -> ([\d.]+)/.exec(report) ?? []
    const page = `"db_address": "${address}", "hits": 1`
    assert.equal(report.split(page).length - 1, 2, 'written through one node, read through another')
    assert.match(report, /npm run demo -- --stop/)
  })

  test('leaves what runs alone when it is called again', async () => {
    const running = await docker('ps', '-q')
    const report = await demo()
    assert.match(report, /"hits": 2/)
    assert.equal(await docker('ps', '-q'), running)
  })

  test('leaves nothing behind when it is stopped, not even of a node that was removed', async () => {
    await docker('rm', '-f', 'web2')
    assert.match(await demo('--stop'), /images are kept/)
    assert.deepEqual(await inventory(), untouched)
  })

  test('does not touch a container of somebody else that has one of its names', async () => {
    await docker('create', '--name', 'web1', '--label', 'io.serfnode.test=demo', 'serfnode')
    try {
      await assert.rejects(demo(), /a container named web1 is not the demo's/)
      await demo('--stop')
      assert.deepEqual(await taken(), ['web1'])
    } finally {
      await tryDocker(['rm', '-fv', 'web1'])
    }
  })
})
