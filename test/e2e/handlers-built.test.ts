import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { serfnode } from '../cli/harness.ts'
import { IMAGE, testCluster } from '../support/cluster.ts'
import { docker, inside, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'

const MODULE = `import type { Handlers } from 'serfnode'
import { shout } from './_shout.ts'

export default {
  'query:shout': (event) => shout(event.text),
  'query:fail'(): never {
    throw new RangeError('no')
  },
} satisfies Handlers
`

describe('a project that is built', () => {
  const cluster = testCluster('handlers-built')
  const image = cluster.cluster
  let a: string

  before(async () => {
    const dir = join(cluster.folder, 'project')
    mkdirSync(join(dir, 'handlers'), { recursive: true })
    writeFileSync(join(dir, 'serfnode.yml'), 'handlers: { "user:x": ./more.ts }')
    writeFileSync(join(dir, 'more.ts'), "export default { 'user:x'() {} }")
    writeFileSync(join(dir, 'handlers/words.ts'), MODULE)
    writeFileSync(
      join(dir, 'handlers/_shout.ts'),
      'export const shout = (text: string): string => text.toUpperCase()',
    )
    writeFileSync(join(dir, '.dockerignore'), 'handlers')
    const { code, stderr } = await serfnode(['build', dir, '-t', image, '--from', IMAGE])
    assert.equal(code, 0, stderr)
    a = await cluster.start('a', { image, env: { NODE_NAME: 'a' } })
    await inside(a, '/me')
  })
  after(async () => {
    cluster[Symbol.dispose]()
    await tryDocker(['rmi', image])
  })

  const ask = async (name: string, payload: string): Promise<string> => {
    const out = await inside(a, 'serfnode', 'query', name, payload, '--json')
    return JSON.parse(out.split('\n')[0] ?? '').payload ?? ''
  }

  test('runs its modules as one file each, with what they import', async () => {
    assert.equal(await ask('shout', 'hello'), 'HELLO')
    const files = await docker('exec', a, 'sh', '-c', 'ls /handlers /*.mjs')
    assert.match(files, /\/more\.ts\.bundle\.mjs/)
    assert.match(files, /^words\.ts\.bundle\.mjs$/m)
  })

  test('shows where in the source a module failed', async () => {
    assert.equal(await ask('fail', ''), '')
    await eventually(async () => {
      const reports = JSON.parse(await inside(a, 'serfnode', 'handlers', '--json'))
      const words = reports.find(({ name }: { name: string }) => name === 'words.ts')
      assert.equal(words.last_error.message, 'RangeError: no (words.ts:7:11)')
    })
  })
})
