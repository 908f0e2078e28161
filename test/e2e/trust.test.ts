import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { BASE, testCluster, untilMembers, untilState } from '../support/cluster.ts'
import { docker, inside, inspect, tryDocker } from '../support/docker.ts'
import { hasPath, logOf, timesSaid, untilSaid } from '../support/node.ts'

const SECRET_FILE = '/var/lib/serfnode/secret.json'

const secretOf = async (node: string): Promise<string> =>
  JSON.parse(await inside(node, 'cat', SECRET_FILE)).secret

/** Waits until the node is up, then its token. */
const tokenOf = async (node: string): Promise<string> => {
  await inside(node, '/me')
  return inside(node, 'serfnode', 'token')
}

describe('a node that was given a PEER and no secret', () => {
  const cluster = testCluster('waiting')
  after(() => cluster[Symbol.dispose]())

  test('waits and says how to get the token, founds nothing, and joins when the peer appears', async () => {
    const peer = cluster.container('late')
    const waiting = await cluster.start('waiting', { peer })
    const blind = await cluster.start('blind', { peer, socket: false })
    await untilSaid(waiting, /waiting; start the peer here.*serfnode token/)
    await untilSaid(blind, /neither a token nor a Docker socket.*docker\.sock.*serfnode token/)
    for (const node of [waiting, blind]) {
      assert.equal(await hasPath(node, SECRET_FILE), false)
      assert.equal(await hasPath(node, '/agent_up'), false)
    }

    const late = await cluster.start('late')
    await untilMembers(waiting, 2)
    await untilMembers(late, 2)
    assert.equal(await secretOf(waiting), await secretOf(late))
    // Nothing gave this one the secret.
    assert.equal(await hasPath(blind, SECRET_FILE), false)
    assert.equal(timesSaid(await logOf(waiting), /waiting; start the peer here/), 1)
  })
})

describe('a token', () => {
  const cluster = testCluster('token')
  let a: string
  let token: string
  let tokenFile: string
  before(async () => {
    a = await cluster.start('a')
    token = await tokenOf(a)
    tokenFile = join(cluster.folder, 'cluster.token')
    writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 })
  })
  after(() => cluster[Symbol.dispose]())

  test('joins without a Docker socket: as a variable, as a file and as PEER', async () => {
    const nodes = await Promise.all([
      cluster.start('variable', { socket: false, env: { SERFNODE_TOKEN: token } }),
      cluster.start('file', {
        socket: false,
        env: { SERFNODE_TOKEN_FILE: '/cluster.token' },
        args: ['-v', `${tokenFile}:/cluster.token:ro`],
      }),
      cluster.start('peer', { socket: false, peer: token }),
    ])
    for (const node of nodes) {
      await untilMembers(node, 4)
      const log = await logOf(node)
      assert.equal(timesSaid(log, /no Docker socket: .*add -v \/var\/run\/docker\.sock/), 1)
      assert.equal(log.includes(await secretOf(a)), false)
    }
  })

  test('with a wrong letter, or that is none, ends the node with 2 and says so', async () => {
    const at = token.length - 15
    const wrong = `${token.slice(0, at)}${token[at] === '1' ? '2' : '1'}${token.slice(at + 1)}`
    const wrongs: Record<string, string>[] = [
      { SERFNODE_TOKEN: wrong },
      { PEER: wrong },
      { SERFNODE_TOKEN: 'SN1-nonsense' },
      { SERFNODE_TOKEN_FILE: '/no/such/file' },
    ]
    for (const env of wrongs) {
      const { code, stdout, stderr } = await cluster.runToEnd('wrong', { env })
      const said = stdout + stderr
      assert.equal(code, 2, said)
      assert.match(said, /token/i)
      assert.equal(said.includes(token.slice(21, 64)), false, said)
      assert.equal(timesSaid(said, /./), 1, said)
    }
  })

  test('file of a node is not there for its children, nor is an env_file of one for another', async () => {
    const passwords = join(cluster.folder, 'passwords.env')
    writeFileSync(passwords, 'PASSWORD=hunter2\n')
    const child = { image: BASE, command: 'sleep 1d' }
    const secretive = { ...child, env_file: '/passwords.env' }
    await cluster.start('holder', {
      yml: JSON.stringify({ children: { secretive, app: child } }),
      env: { SERFNODE_TOKEN_FILE: '/run/secrets/cluster.token' },
      args: [
        ...['-v', `${tokenFile}:/run/secrets/cluster.token:ro`],
        ...['-v', `${passwords}:/passwords.env:ro`],
      ],
    })
    const owner = cluster.child('holder', 'secretive')
    await untilState(owner, 'running')
    assert.equal(await inside(owner, 'printenv', 'PASSWORD'), 'hunter2')
    const app = cluster.child('holder', 'app')
    await untilState(app, 'running')
    assert.equal(await hasPath(app, '/run/secrets/cluster.token'), false)
    const { Mounts } = await inspect(app)
    assert.deepEqual(
      Mounts.map(({ Destination }: { Destination: string }) => Destination),
      ['/serfnode'],
    )
  })
})

describe('on one engine', () => {
  const cluster = testCluster('apart')
  after(() => cluster[Symbol.dispose]())

  test('nodes of two clusters stay apart', async () => {
    const other = { SERFNODE_CLUSTER: `${cluster.cluster}-other` }
    const here = [await cluster.start('a'), await cluster.start('b')]
    const there = [
      await cluster.start('x', { env: other }),
      await cluster.start('y', { env: other, peer: here[0] ?? '' }),
    ]
    for (const node of [...here, ...there]) await untilMembers(node, 2)
    const [one, two, three, four] = await Promise.all([...here, ...there].map(secretOf))
    assert.equal(one, two)
    assert.equal(three, four)
    assert.notEqual(one, three)
  })

  test('SERFNODE_INSECURE=1 says so and joins without a secret', async () => {
    const env = { SERFNODE_CLUSTER: `${cluster.cluster}-open`, SERFNODE_INSECURE: '1' }
    const a = await cluster.start('open-a', { env })
    const peer = await inside(a, '/me')
    const b = await cluster.start('open-b', { env, peer, socket: false })
    await untilMembers(a, 2)
    await untilMembers(b, 2)
    assert.match(await logOf(a), /gossip is not encrypted, anybody may join/)
    assert.equal(await hasPath(a, SECRET_FILE), false)
  })
})

describe('the secret', () => {
  const cluster = testCluster('secret')
  after(() => cluster[Symbol.dispose]())

  test('stands in no log, label, argument, shared folder, nor in what a child can read', async () => {
    const yml = JSON.stringify({ children: { app: { image: BASE, command: 'sleep 1d' } } })
    const a = await cluster.start('a', { yml, args: ['-e', 'SERFNODE_LOG_LEVEL=debug'] })
    const b = await cluster.start('b', { peer: a })
    const token = await tokenOf(a)
    await untilMembers(b, 2)
    const child = cluster.child('a', 'app')
    await untilState(child, 'running')
    const { encrypt_key, rpc_auth } = JSON.parse(
      await inside(a, 'cat', '/run/serfnode/serf/config.json'),
    )
    const base64url = /^SN1-[0-9a-f]+-([\w-]{43})-/.exec(token)?.[1] ?? ''
    const secrets = [await secretOf(a), base64url, encrypt_key, rpc_auth]
    for (const secret of secrets) assert.ok(secret.length >= 32, 'a secret is known')

    const shown = {
      'inspect of a': await docker('inspect', a),
      'inspect of b': await docker('inspect', b),
      'inspect of the child': await docker('inspect', child),
      'log of a': await logOf(a),
      'log of b': await logOf(b),
      'processes of a': await docker('top', a, '-eo', 'pid,args'),
      'environment of serf': await inside(
        a,
        'sh',
        '-c',
        'cat /proc/[0-9]*/environ | tr "\\0" "\\n"',
      ),
    }
    for (const [where, text] of Object.entries(shown)) {
      for (const secret of secrets) assert.equal(text.includes(secret), false, where)
    }

    const patterns = secrets.flatMap((secret) => ['-e', secret])
    const search = ['grep', '-rlF', ...patterns, '--exclude-dir=proc', '--exclude-dir=sys', '/']
    assert.equal((await tryDocker(['exec', child, ...search])).stdout, '')
    const files = (await tryDocker(['exec', a, ...search])).stdout.split('\n').filter(Boolean)
    assert.ok(files.includes(SECRET_FILE))
    for (const file of files) {
      assert.match(file, /^\/(var\/lib|run)\/serfnode\//)
      // Root's alone, or for the reading of serf, whose group nobody else has.
      assert.match(await inside(a, 'stat', '-c', '%a %u %g', file), /^(600 0 0|640 0 60000)$/, file)
    }
  })
})
