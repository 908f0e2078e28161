import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { BASE, IMAGE, SOCKET, stateOf, testCluster } from '../support/cluster.ts'
import { docker, inspect, TEST_LABEL, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'

type Case = {
  what: string
  yml?: string
  /** serfnode.yml is a folder, which Docker makes where the file of a `-v` is missing. */
  isFolder?: boolean
  env?: Record<string, string>
  /** The one line that is said. */
  says: RegExp
}

const child = (name: string, keys = ''): string => `  ${name}:\n    image: ${BASE}\n${keys}`

/** Nine levels of nine: 387 million values in a dozen lines. */
const aliasBomb = (): string => {
  const levels = 'abcdefghi'.split('').map((name, at, all) => {
    const item = at === 0 ? 'lol' : `*${all[at - 1]}`
    return `  ${name}: &${name} [${Array(9).fill(item).join(', ')}]`
  })
  return `x-bomb:\n${levels.join('\n')}\nchildren:\n  app:\n    image: *i\n`
}

const cases: Case[] = [
  {
    what: 'an unknown key',
    yml: `children:\n${child('app', '    comand: sleep 1d\n')}`,
    says: /serfnode\.yml:4:5: .*comand.*command/,
  },
  {
    what: 'a wrong type',
    yml: `serfnode:\n  serf_port: high\nchildren:\n${child('app')}`,
    says: /serfnode\.yml:2:14: serfnode\.serf_port: found "high", expected/,
  },
  {
    what: 'a child that is there twice',
    yml: `children:\n${child('app')}${child('app')}`,
    says: /serfnode\.yml:4:3: .*app.*twice/,
  },
  {
    what: 'a cycle of links',
    yml: `children:\n${child('a', '    links: [b]\n')}${child('b', '    links: [a]\n')}`,
    says: /serfnode\.yml:\d+:\d+: .*cycle a -> b -> a/,
  },
  {
    what: 'a child that needs the role of its own node',
    yml: `serfnode:\n  role: shop\nchildren:\n${child('app', '    needs: [shop]\n')}`,
    says: /serfnode\.yml:6:13: .*needs.*cycle shop -> shop/,
  },
  {
    what: 'a PEER that is none',
    env: { PEER: 'http://10.0.0.1' },
    says: /environment: PEER: .*leave out the "scheme:\/\/"/,
  },
  {
    what: 'a PEER with a port that is none',
    env: { PEER: '10.0.0.1:70000' },
    says: /environment: PEER: found "10\.0\.0\.1:70000", expected host/,
  },
  {
    what: 'a token that is none',
    env: { SERFNODE_TOKEN: 'SN1-0123456789abcdef-short--00000000' },
    says: /token.*serfnode token/,
  },
  {
    what: 'an env_file that is not there',
    yml: `children:\n${child('app', '    env_file: absent.env\n')}`,
    says: /serfnode\.yml:4:15: .*absent\.env/,
  },
  {
    what: 'a file of 10 MB',
    yml: `children:\n${child('app')}# ${'x'.repeat(10 * 1024 * 1024)}\n`,
    says: /serfnode\.yml: found \d+ bytes, expected 1 MiB at most/,
  },
  {
    what: 'a folder in place of the file',
    isFolder: true,
    says: /serfnode\.yml: cannot be read: it is a folder; is the file there on the host/,
  },
  {
    what: 'a bomb of aliases',
    yml: aliasBomb(),
    says: /serfnode\.yml:\d+:\d+: children\.app\.image: found a list, expected/,
  },
]

describe('a node that is given', () => {
  const cluster = testCluster('bad')
  after(() => cluster[Symbol.dispose]())

  /** As `docker run --rm` does it, with a look at the volume in between. */
  const run = async (at: number, { yml, isFolder = false, env = {} }: Case) => {
    const name = cluster.container(String(at))
    const file = join(cluster.folder, `${at}.yml`)
    if (yml !== undefined) writeFileSync(file, yml)
    if (isFolder) mkdirSync(file)
    await docker(
      ...['create', '--rm', '--name', name, '--label', `${TEST_LABEL}=${cluster.cluster}`],
      ...SOCKET,
      ...(yml === undefined && !isFolder ? [] : ['-v', `${file}:/serfnode.yml:ro`]),
      ...Object.entries(env).flatMap(([key, value]) => ['-e', `${key}=${value}`]),
      ...['-e', `SERFNODE_CLUSTER=${cluster.cluster}`, IMAGE],
    )
    const { Mounts } = await inspect(name)
    const volumes: string[] = Mounts.flatMap(({ Name }: { Name?: string }) => Name ?? [])
    assert.equal(volumes.length, 1)
    const { code, stdout, stderr } = await tryDocker(['start', '-a', name])
    await eventually(async () => assert.equal(await stateOf(name), 'absent'))
    for (const volume of volumes) {
      assert.equal((await tryDocker(['volume', 'inspect', volume])).code, 1, 'no volume is left')
    }
    return { code, said: stdout + stderr }
  }

  for (const [at, one] of cases.entries()) {
    test(`${one.what} says so in one line and ends with 2`, async () => {
      const { code, said } = await run(at, one)
      assert.match(said, one.says)
      assert.equal(said.trim().split('\n').length, 1, said)
      assert.equal(code, 2, said)
    })
  }

  test('any of these starts nothing on the engine', async () => {
    const filters = ['--filter', `label=io.serfnode.cluster=${cluster.cluster}`]
    assert.equal(await docker('ps', '-aq', ...filters), '')
  })
})
