import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { realEngine, textOf } from './real-engine.ts'

const { docker, prefix, create, run } = realEngine('inside')

describe('inside a container', () => {
  let id = ''
  before(async () => {
    id = await run('inside')
  })

  test('a command gives its output, errors and exit code', async () => {
    const script = 'echo "$A $(id -u)"; echo oops >&2; exit 3'
    assert.deepEqual(
      await docker.exec(id, { cmd: ['sh', '-c', script], env: ['A=ä'], user: '1000' }),
      { exitCode: 3, stdout: 'ä 1000\n', stderr: 'oops\n' },
    )
  })

  test('a command gets its input whole, and its end', async () => {
    const stdin = 'x'.repeat(1_000_000)
    const { stdout, exitCode } = await docker.exec(id, { cmd: ['cat'], stdin })
    assert.equal(exitCode, 0)
    assert.ok(stdout === stdin, `${stdout.length} bytes came back`)
  })

  test('a command that is not there ends with 126 or 127', async () => {
    const { exitCode } = await docker.exec(id, { cmd: ['/no/such/command'] })
    assert.ok(exitCode === 126 || exitCode === 127, String(exitCode))
  })

  test('a command that takes too long is a timeout', async () => {
    const call = docker.exec(id, { cmd: ['sleep', '60'], timeoutMs: 200 })
    await assert.rejects(call, { code: 'timeout' })
  })

  test('a command with more output than memory should hold is stopped being read', async () => {
    const call = docker.exec(id, { cmd: ['head', '-c', '9000000', '/dev/zero'] })
    await assert.rejects(call, { code: 'malformed', retryable: false })
  })

  test('output comes while the command runs, and an abort ends it', async () => {
    const stop = new AbortController()
    const { output } = await docker.execStream(id, {
      cmd: ['sh', '-c', 'echo one; sleep 60'],
      signal: stop.signal,
    })
    for await (const { data } of output) {
      assert.equal(data.toString(), 'one\n')
      stop.abort()
    }
    assert.ok(stop.signal.aborted)
    const { output: whole, exitCode } = await docker.execStream(id, { cmd: ['sh', '-c', 'exit 4'] })
    assert.equal(await textOf(whole), '')
    assert.equal(await exitCode(), 4)
  })
})

describe('files', () => {
  test('are written and read, whether the container runs or not', async () => {
    const id = await create('files')
    await docker.writeFiles(id, '/', [
      { name: 'me.json', content: '{"a":"ä"}', mode: 0o600, uid: 1000 },
      { name: 'opt/deep/er.txt', content: Buffer.from('deep'), mode: 0o644 },
    ])
    for (const started of [false, true]) {
      if (started) await docker.startContainer(id)
      assert.equal(await docker.readFile(id, '/me.json'), '{"a":"ä"}')
      assert.equal(await docker.readFile(id, '/opt/deep/er.txt'), 'deep')
      assert.equal(await docker.readFile(id, '/none'), undefined)
      assert.equal(await docker.readFile(id, '/none/none'), undefined)
    }
    const { stdout } = await docker.exec(id, { cmd: ['stat', '-c', '%a %u %g', '/me.json'] })
    assert.equal(stdout, '600 1000 1000\n')
  })

  test('are read through links; folders, devices and large ones are refused', async () => {
    const script =
      'echo here > /a; ln -s a /b; ln -s /b /c; ln -s loop /loop; ln -s none /d; truncate -s 1048577 /large; truncate -s 1048576 /fits; sleep 600'
    const id = await run('links', { Cmd: ['sh', '-c', script] })
    await eventually(async () => assert.equal(Boolean(await docker.readFile(id, '/fits')), true))
    assert.equal(await docker.readFile(id, '/c'), 'here\n')
    assert.equal(await docker.readFile(id, '/d'), undefined)
    assert.equal((await docker.readFile(id, '/fits'))?.length, 1 << 20)
    for (const path of ['/large', '/etc', '/', '/dev/null']) {
      await assert.rejects(docker.readFile(id, path), { code: 'bad-request' }, path)
    }
    await assert.rejects(docker.readFile(id, '/loop'))
    await assert.rejects(docker.readFile(`${prefix}-none`, '/a'), { code: 'not-found' })
    await assert.rejects(docker.writeFiles(id, '/none', []), { code: 'not-found' })
  })

  test('go from one container to another as an archive', async () => {
    const [from, to] = [await create('from'), await create('to')]
    await docker.writeFiles(from, '/srv', [{ name: 'a', content: 'x', mode: 0o644 }])
    await docker.putArchive(to, '/opt', await docker.getArchive(from, '/srv'))
    assert.equal(await docker.readFile(to, '/opt/srv/a'), 'x')
  })
})

describe('logs', () => {
  test('come by stream, from the end, and while they are written', async () => {
    // The engine reads the two streams side by side, so the third line waits for the second.
    const script =
      'echo one; echo two >&2; until [ -e /go ]; do sleep 0.05; done; echo three; exec sleep 600'
    const id = await run('logs', { Cmd: ['sh', '-c', script] })
    await eventually(async () => assert.match(await textOf(docker.logs(id)), /two/))
    await docker.writeFiles(id, '/', [{ name: 'go', content: '', mode: 0o644 }])
    await eventually(async () => assert.match(await textOf(docker.logs(id)), /three/))
    const streams = { stdout: '', stderr: '' }
    for await (const { stream, data } of docker.logs(id)) streams[stream] += data
    assert.deepEqual(streams, { stdout: 'one\nthree\n', stderr: 'two\n' })
    assert.match(
      await textOf(docker.logs(id, { tail: 1, timestamps: true })),
      /^20\d\d-\S+ three\n$/,
    )
    const later = Date.now() / 1000 + 60
    assert.equal(await textOf(docker.logs(id, { since: later })), '')

    const followed = textOf(docker.logs(id, { follow: true, tail: 1 }))
    await docker.stopContainer(id, { timeoutS: 0 })
    assert.equal(await followed, 'three\n')
  })

  test('of a quiet container can be followed, until the abort', async () => {
    const id = await run('quiet')
    const signal = AbortSignal.timeout(300)
    assert.equal(await textOf(docker.logs(id, { follow: true, signal })), '')
  })

  test('of a terminal are raw', async () => {
    const id = await run('tty', { Cmd: ['echo', 'hello'], Tty: true })
    await eventually(async () => assert.equal(await textOf(docker.logs(id)), 'hello\r\n'))
  })
})
