import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { BASE, IMAGE, stateOf } from '../support/cluster.ts'
import { docker, inspect, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { engineTest, webYml } from './engine.ts'
import { type Ran, serfnode } from './harness.ts'

const setup = engineTest('cli-node')
const { cluster, folder, built, ours, ok, project, container: name } = setup

before(async () => {
  await setup.removeImages()
  const files = { 'serfnode.yml': webYml, 'conf/app.env': '' }
  await ok('build', await project('web', files), '-t', built, '--from', IMAGE)
})
after(setup.end)

describe('a node that was started by serfnode run', () => {
  let ran: Ran
  const at = ['--node', name('a')]

  before(async () => {
    const argv = ['run', built, '--name', name('a'), ...ours, '-e', 'MY_PASSWORD=hunter2']
    ran = await serfnode(argv)
    assert.equal(ran.code, 0, ran.stderr)
  })

  test('is printed as ip:port, and its docker run line without secrets', () => {
    assert.match(ran.stdout, /^\d+\.\d+\.\d+\.\d+:\d+\n$/)
    assert.match(
      ran.stderr,
      /^docker run -d --name sntest-cli-node-a .*docker\.sock.*-p \d+:\d+\/udp .*$/m,
    )
    assert.match(ran.stderr, /MY_PASSWORD=\*{8}/)
    assert.doesNotMatch(ran.stderr, /hunter2/)
  })

  test('has its gossip published under one number inside and out', async () => {
    const port = ran.stdout.trim().split(':')[1]
    const { HostConfig } = await inspect(name('a'))
    assert.deepEqual(HostConfig.PortBindings[`${port}/tcp`], [{ HostIp: '', HostPort: port }])
    assert.deepEqual(HostConfig.PortBindings[`${port}/udp`], [{ HostIp: '', HostPort: port }])
  })

  test('is joined by a second one under the next free port', async () => {
    const argv = [
      'run',
      IMAGE,
      '--name',
      name('b'),
      ...ours,
      '--role',
      'api',
      '--peer',
      name('a'),
      '--json',
    ]
    const { address, container } = JSON.parse(await ok(...argv))
    assert.equal(container, name('b'))
    assert.notEqual(address.split(':')[1], ran.stdout.trim().split(':')[1])
    const listed = await eventually(
      async () => {
        const all = JSON.parse(await ok('members', ...at, '--json', '--status', 'alive'))
        assert.deepEqual(
          all.map(({ role }: { role: string }) => role),
          ['api', 'web'],
        )
        return all
      },
      { within: 15_000 },
    )
    assert.equal(`${listed[0].serf_ip}:${listed[0].serf_port}`, address)
  })

  test('answers about its members as a table that fits', async () => {
    const { code, stdout } = await serfnode(['members', ...at], { columns: 60 })
    assert.equal(code, 0)
    const lines = stdout.trimEnd().split('\n')
    assert.match(lines[0] ?? '', /^NAME +ROLE +STATUS +ADDRESS/)
    for (const line of lines) assert.ok(line.length <= 60, line)
    assert.equal((await serfnode(['members', ...at, '--role', 'nobody', '--json'])).stdout, '[]\n')
  })

  test('has a name that may be its container, itself or its id, and no other', async () => {
    const { Id } = await inspect(name('a'))
    for (const node of [Id, Id.slice(0, 12), `web-${Id.slice(0, 6)}`]) {
      await ok('members', '--node', node)
    }
    const { code, stderr } = await serfnode(['members', '--node', 'nobody'])
    assert.equal(code, 1)
    assert.match(stderr, /^error: no node nobody on this engine\nnodes here: .*sntest-cli-node-a/)
  })

  test('sends events, from stdin too, and passes on why not', async () => {
    await ok('event', 'deploy', 'v1', ...at)
    const long = 'x'.repeat(600)
    assert.equal((await serfnode(['event', 'deploy', '-', ...at], { stdin: 'v2' })).code, 0)
    const { code, stderr } = await serfnode(['event', 'deploy', '-', ...at], { stdin: long })
    assert.equal(code, 2)
    assert.match(stderr, /600 bytes/)
  })

  test('asks the cluster, and prints answers by name', async () => {
    const argv = ['query', 'where', '{"role":"api"}', '--timeout', '1', ...at]
    const text = await eventually(async () => {
      const stdout = await ok(...argv)
      assert.match(stdout, /^api-[0-9a-f]{6}: \{/)
      return stdout
    })
    assert.doesNotMatch(text, /SUCCESS/)
    const lines = (await ok(...argv, '--json', '--role', 'api')).split('\n').filter(Boolean)
    const [answer, end] = lines.map((line) => JSON.parse(line))
    assert.match(answer.name, /^api-/)
    assert.deepEqual(end, { answered: 1, none: 0, silent: [] })
    assert.equal(JSON.parse(answer.payload).role, 'api')
    const none = await serfnode([...argv, '--role', 'web'])
    assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'no answer\n'])
  })

  test('prints its token, by which a node of no socket joins', async () => {
    const token = await ok('token', ...at)
    assert.match(token, /^SN1-/)
    assert.equal(JSON.parse(await ok('token', ...at, '--json')).token, token)
    await setup.start('c', { socket: false, peer: token })
    await eventually(
      async () => {
        const all = JSON.parse(await ok('members', ...at, '--json', '--status', 'alive'))
        assert.equal(all.length, 3)
      },
      { within: 15_000 },
    )
  })

  test('is shown by ps with its children, those that cannot start too', async () => {
    const shown = await eventually(
      async () => {
        const all = JSON.parse(await ok('ps', '--json'))
        const one = all.find(({ container }: { container: string }) => container === name('a'))
        const states = one.children.map((child: { name: string; state: string }) => [
          child.name,
          child.state,
        ])
        assert.deepEqual(states, [
          ['app', 'running'],
          ['missing', 'backoff'],
        ])
        return one
      },
      { within: 20_000 },
    )
    assert.equal(shown.phase, 'up')
    assert.match(shown.children[1].last_reason, /no-such-image/)
    assert.doesNotMatch(JSON.stringify(shown), /hunter2/)
    const inside = JSON.parse(await docker('exec', name('a'), 'serfnode', 'ps', '--json'))
    assert.deepEqual(
      inside.map(({ container }: { container: string }) => container),
      [name('a')],
    )
    const { stdout } = await serfnode(['ps'], { columns: 100 })
    for (const line of stdout.trimEnd().split('\n')) assert.ok(line.length <= 100, line)
  })

  test('has its log and those of its children printed, each line with its origin', async () => {
    const lines = (await ok('logs', name('a'))).split('\n')
    assert.ok(
      lines.some((line) => /^web-[0-9a-f]{6} +\| info .*serf is up/.test(line)),
      lines.join('\n'),
    )
    const json = (await ok('logs', name('a'), '--json', '--tail', '1'))
      .split('\n')
      .map((line) => JSON.parse(line))
    for (const { node, time, line } of json) assert.ok(node && time && line !== undefined)
    const { code, stderr } = await serfnode(['logs', `${name('a')}/nobody`])
    assert.equal(code, 1)
    assert.match(stderr, /its children: app/)
  })

  test('has the log of a child followed over its restart', async () => {
    const hello = 'echo hello $(cat /proc/sys/kernel/random/uuid); sleep 1d'
    const talk = { image: BASE, init: true, command: ['sh', '-c', hello] }
    const file = join(folder, 'talk.yml')
    await writeFile(file, JSON.stringify({ children: { talk } }))
    await ok('run', IMAGE, file, '--name', name('talk'), ...ours, '--peer', name('a'))
    const target = `${name('talk')}/talk`
    await eventually(() => ok('logs', target), { within: 15_000 })

    const stop = new AbortController()
    let seen = ''
    const onOutput = (text: string): void => {
      seen = text
    }
    const followed = serfnode(['logs', '-f', target], { signal: stop.signal, onOutput })
    const lives = (count: number) =>
      eventually(() => assert.equal(new Set(seen.match(/hello \S{36}/g)).size, count, seen), {
        within: 20_000,
      })
    try {
      await lives(1)
      await docker('restart', '-t', '1', setup.child('talk', 'talk'))
      await lives(2)
    } finally {
      stop.abort()
    }
    const { code, stdout } = await followed
    assert.equal(code, 130)
    // Each line once, although the engine gives the first life's log again.
    assert.equal(stdout.match(/hello/g)?.length, 2, stdout)
    await ok('rm', name('talk'))
  })

  test('is used from a container that has the socket, as /alias does', async () => {
    const socket = ['-v', '/var/run/docker.sock:/var/run/docker.sock']
    const helper = ['run', '--rm', '--label', 'io.serfnode.helper=cli', ...socket, IMAGE]
    const all = JSON.parse(await docker(...helper, 'members', ...at, '--json'))
    assert.ok(all.length >= 2)
    const { code, stderr } = await tryDocker([...helper, 'members', '--node', 'nobody'])
    assert.equal(code, 1)
    assert.match(stderr, /^error: no node nobody/)
  })

  test('is stopped with its children, shown so, and started again', async () => {
    assert.equal(await ok('stop', name('a')), name('a'))
    assert.equal(await stateOf(name('a')), 'exited')
    assert.equal(await stateOf(setup.child('a', 'app')), 'exited')
    const all = JSON.parse(await ok('ps', '--json'))
    const shown = all.find(({ container }: { container: string }) => container === name('a'))
    assert.equal(shown.state, 'exited')
    assert.equal(shown.children[0].state, 'stopped')
    const { code, stderr } = await serfnode(['members', ...at])
    assert.equal(code, 1)
    assert.match(stderr, /not running \(exited\)\nstart it: docker start sntest-cli-node-a/)
    await docker('start', name('a'))
  })

  test('leaves children behind when docker rm -f removes it, which gc collects', async () => {
    await eventually(async () => assert.equal(await stateOf(setup.child('a', 'app')), 'running'), {
      within: 20_000,
    })
    await docker('rm', '-f', name('a'))
    const gone = JSON.parse(await ok('ps', '--json')).find(
      ({ state, children }: { state: string; children: { container: string }[] }) =>
        state === 'gone' && children.some(({ container }) => container === setup.child('a', 'app')),
    )
    assert.ok(gone)
    const looked = await ok('gc', '--cluster', cluster, '--dry-run')
    assert.match(looked, /^would remove app_app_sntest-cli-node-a \(child of web-/)
    assert.equal(await stateOf(setup.child('a', 'app')), 'running')
    const [collected, ...more] = JSON.parse(await ok('gc', '--cluster', cluster, '--json'))
    assert.deepEqual(
      [collected.container, collected.removed, more.length],
      [setup.child('a', 'app'), true, 0],
    )
    assert.equal(await stateOf(setup.child('a', 'app')), 'absent')
    assert.equal((await serfnode(['gc', '--cluster', cluster])).stderr, 'nothing to remove\n')
  })

  test('is removed with its children by rm', async () => {
    await ok('run', built, '--name', name('d'), ...ours, '--peer', name('b'))
    await eventually(async () => assert.equal(await stateOf(setup.child('d', 'app')), 'running'), {
      within: 20_000,
    })
    assert.equal(
      await ok('rm', '-v', name('d'), name('b')),
      [setup.child('d', 'app'), name('d'), name('b')].join('\n'),
    )
    for (const container of [setup.child('d', 'app'), name('d'), name('b')]) {
      assert.equal(await stateOf(container), 'absent')
    }
    assert.equal((await serfnode(['rm', name('d')])).code, 1)
    assert.equal((await serfnode(['rm', '--force', name('d')])).code, 0)
  })
})
