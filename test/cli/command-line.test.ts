import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { CliError, exitCodeOf } from '../../src/cli/cli-error.ts'
import { serfVersion } from '../../src/cli/commands/version.ts'
import { parseDuration, showSpan } from '../../src/cli/duration.ts'
import { engineSocket } from '../../src/cli/engine-socket.ts'
import { explain } from '../../src/cli/explain.ts'
import { COMMANDS } from '../../src/cli/registry.ts'
import { ConfigError } from '../../src/config/config-error.ts'
import { connectDocker } from '../../src/docker/client.ts'
import { DockerError } from '../../src/docker/errors.ts'
import { serfnode } from './harness.ts'

const READING = [
  ...['validate', 'members', 'status', 'ps', 'logs', 'query', 'token', 'gc', 'version'],
]
const names = Object.keys(COMMANDS)
const paint = (_: unknown, text: string): string => text

describe('every command', () => {
  for (const name of names) {
    test(`${name} has a help with an example`, async () => {
      const { code, stdout, stderr } = await serfnode([name, '--help'])
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, new RegExp(`^Usage: serfnode ${name} `))
      assert.match(stdout, new RegExp(`Examples:\n(.*\n)*.*\\bserfnode ${name}`))
      assert.equal((await serfnode(['help', name])).stdout, stdout)
    })
  }

  for (const name of READING) {
    test(`${name} reads, and so has --json`, async () => {
      assert.match((await serfnode([name, '--help'])).stdout, /--json/)
    })
  }
})

describe('a command line', () => {
  test('of nothing shows all commands, as an error of usage', async () => {
    const { code, stdout, stderr } = await serfnode([])
    assert.deepEqual([code, stdout], [2, ''])
    for (const name of names) assert.match(stderr, new RegExp(`^ {2}${name} `, 'm'))
  })

  test('of --help shows the variables of a node too', async () => {
    const { code, stdout } = await serfnode(['--help'])
    assert.equal(code, 0)
    for (const name of ['PEER', 'SERFNODE_TOKEN_FILE'])
      assert.match(stdout, new RegExp(`^ {2}${name} `, 'm'))
  })

  test('with a wrong command or option suggests the right one', async () => {
    const wrong = await serfnode(['membres'])
    assert.deepEqual([wrong.code, wrong.stdout], [2, ''])
    assert.match(wrong.stderr, /unknown command 'membres'\n\(Did you mean members\?\)/)
    const option = await serfnode(['members', '--jsno'])
    assert.equal(option.code, 2)
    assert.match(option.stderr, /unknown option '--jsno'\n\(Did you mean --json\?\)/)
  })

  test('with a missing or surplus argument is an error of usage', async () => {
    for (const argv of [
      ['run'],
      ['event'],
      ['stop'],
      ['version', 'x'],
      ['build', '.'],
      ['query', 'x', '--timeout', 'soon'],
    ]) {
      const { code, stdout, stderr } = await serfnode(argv)
      assert.deepEqual([code, stdout], [2, ''], argv.join(' '))
      assert.match(stderr, /^error: .*\n\(--help says what it takes\)\n$/)
    }
  })
})

describe('without an engine', () => {
  test('a command says so in one line, and what to do', async () => {
    const docker = async () => connectDocker({ socketPath: '/nowhere/docker.sock' })
    for (const argv of [
      ['ps'],
      ['members'],
      ['gc'],
      ['run', 'x'],
      ['logs'],
      ['stop', 'x'],
      ['rm', 'x'],
    ]) {
      const { code, stdout, stderr } = await serfnode(argv, { docker })
      assert.deepEqual([code, stdout], [1, ''], argv.join(' '))
      assert.match(
        stderr,
        /^error: [^\n]*\/nowhere\/docker\.sock[^\n]*\nstart Docker, or say where/,
      )
      assert.equal(stderr.split('\n').length, 3)
    }
  })

  test('a node without a socket shows what it knows itself', async () => {
    const runDir = await mkdtemp(join(tmpdir(), 'sntest-cli-'))
    try {
      const docker = async () => connectDocker({ socketPath: '/nowhere/docker.sock' })
      const world = { docker, runDir, inNode: true }
      assert.match((await serfnode(['ps'], world)).stderr, /^error: read the status of this node/)
      const { writeFile } = await import('node:fs/promises')
      const who = { id: 'web.1', name: 'web', role: 'web', cluster: 'default' }
      const child = {
        name: 'app',
        container: 'app_app_web',
        image: 'app',
        state: 'running',
        restarts: 1,
      }
      const status = { ...who, phase: 'up', warnings: ['no socket'], children: [child] }
      await writeFile(join(runDir, 'status.json'), JSON.stringify(status))
      const { code, stdout } = await serfnode(['ps', '--json'], world)
      assert.equal(code, 0)
      const [shown] = JSON.parse(stdout)
      assert.deepEqual(
        [shown.node, shown.warnings, shown.children[0].name],
        ['web', ['no socket'], 'app'],
      )
    } finally {
      await rm(runDir, { recursive: true })
    }
  })

  test('serf that is down is named, and where to look', async () => {
    const world = { inNode: true, env: { RPC_PORT: '1' } }
    for (const argv of [['members'], ['event', 'x'], ['query', 'x']]) {
      const { code, stdout, stderr } = await serfnode(argv, world)
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(
        stderr,
        /^error: ask serf: connect to serf at 127\.0\.0\.1:1: .*\n.*serfnode logs/,
      )
    }
  })
})

test('top needs a terminal, and says what does not', async () => {
  const { code, stdout, stderr } = await serfnode(['top'])
  assert.deepEqual([code, stdout], [2, ''])
  assert.match(stderr, /^error: top needs a terminal\n.*serfnode status/)
})

describe('an event', () => {
  const world = { inNode: true, env: { RPC_PORT: '1' } }

  test('that Serf would drop is refused before Serf sees it', async () => {
    for (const argv of [
      ['event', 'a b'],
      ['event', 'x'.repeat(65)],
      ['event', 'x', 'p'.repeat(600)],
      ['event', ''],
    ]) {
      const { code, stderr } = await serfnode(argv, world)
      assert.equal(code, 2, stderr)
      assert.match(stderr, /^error: send the event: event /)
    }
  })

  test('takes its payload from stdin, which has a limit too', async () => {
    const { code, stderr } = await serfnode(['event', 'x', '-'], {
      ...world,
      stdin: 'p'.repeat(600),
    })
    assert.equal(code, 2)
    assert.match(stderr, /600 bytes/)
    const huge = await serfnode(['event', 'x', '-'], { ...world, stdin: 'p'.repeat(1 << 20) })
    assert.match(huge.stderr, /more than 65536 bytes/)
  })

  test("does not use a query's name that is Serf's own", async () => {
    const { code, stderr } = await serfnode(['query', '_serf_ping'], world)
    assert.equal(code, 2)
    assert.match(stderr, /_serf_ is for Serf itself/)
  })
})

describe('the engine of a command line', () => {
  test('is that of DOCKER_HOST, of the usual socket, of the host below /host', () => {
    const only = (path: string) => (asked: string) => asked === path
    const at = (env: NodeJS.ProcessEnv, path: string) => engineSocket(env, only(path))
    assert.equal(at({ DOCKER_HOST: 'unix:///a/b.sock' }, ''), '/a/b.sock')
    assert.equal(at({}, '/var/run/docker.sock'), '/var/run/docker.sock')
    assert.equal(at({}, '/host/run/docker.sock'), '/host/run/docker.sock')
    assert.equal(at({ HOST_PREFIX: '/h', DOCKER_SOCKET: '/d.sock' }, '/h/d.sock'), '/h/d.sock')
    assert.equal(at({}, ''), '/var/run/docker.sock')
    assert.throws(() => at({ DOCKER_HOST: 'tcp://1.2.3.4:2375' }, ''), { code: 'usage' })
  })
})

describe('an error', () => {
  test('is one line of causes, then what to do', () => {
    const cause = new Error('connection refused')
    const error = new CliError('failed', 'ask serf', { cause, hint: 'look at the logs' })
    assert.deepEqual(explain(error, { paint }), [
      'error: ask serf: connection refused',
      'look at the logs',
    ])
    assert.equal(exitCodeOf(error), 1)
  })

  test('of settings begins with its place, and ends with 2', () => {
    const error = new ConfigError([{ file: 'a.yml', line: 3, column: 5, message: 'found x' }])
    assert.deepEqual(explain(error, { paint }), ['a.yml:3:5: found x'])
    assert.equal(exitCodeOf(error), 2)
    assert.equal(exitCodeOf(new CliError('usage', 'x')), 2)
  })

  test('that a full disk is behind says so, whatever else was thought of', () => {
    const full = new DockerError('server', 'pull image web: write /x: no space left on device')
    const error = new CliError('failed', 'start a node', {
      cause: full,
      hint: 'is the name right?',
    })
    assert.match(explain(error, { paint })[1] ?? '', /disk is full/)
    const other = new DockerError('server', 'pull image web: lookup x: no such host')
    const thought = new CliError('failed', 'start', { cause: other, hint: 'is the name right?' })
    assert.equal(explain(thought, { paint })[1], 'is the name right?')
    assert.match(explain(other, { paint })[1] ?? '', /registry cannot be reached/)
  })

  test('that is a mistake of ours shows where it happened', () => {
    assert.match(
      explain(new TypeError('x is not a function'), { paint }).join('\n'),
      /at .*command-line/,
    )
    const errno = Object.assign(new Error('EACCES: denied'), { code: 'EACCES' })
    assert.deepEqual(explain(errno, { paint }), ['error: EACCES: denied'])
  })

  test('does not carry what others wrote to the terminal', () => {
    assert.deepEqual(explain(new CliError('failed', 'a\u001b[2J'), { paint }), ['error: a\\x1b[2J'])
  })
})

test('a time is given in seconds, or with its unit', () => {
  assert.deepEqual(
    ['5', '5s', '0.5', '500ms', '2m'].map(parseDuration),
    [5000, 5000, 500, 500, 120_000],
  )
  for (const wrong of ['', '0', '-1', '5h', 'x', '61m'])
    assert.throws(() => parseDuration(wrong), wrong)
  const spans = [0, 119_000, 120_000, 7_199_000, 7_200_000, 200_000_000].map(showSpan)
  assert.deepEqual(spans, ['0s', '119s', '2m', '119m', '2h', '2d'])
})

test('the version of serf is that of its package', () => {
  const status =
    'Package: serfx\nVersion: 1\n\nPackage: serf\nStatus: ok\nVersion: 0.10.1-1+b14\n\nPackage: z\nVersion: 2\n'
  assert.equal(serfVersion(status), '0.10.1-1+b14')
  assert.equal(serfVersion(''), undefined)
})
