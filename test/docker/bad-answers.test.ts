import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, test } from 'node:test'
import { gather } from '../../src/docker/connection.ts'
import { chunk, chunked, failed, http, malformed, said, withRudeEngine } from './rude-engine.ts'

describe('an engine that answers badly', () => {
  const cases: [string, string, string, boolean][] = [
    [
      'JSON cut off by the end of the connection',
      'HTTP/1.1 200 OK\r\n\r\n{"ID":',
      'malformed',
      true,
    ],
    ['JSON cut off but said to be whole', http(200, '{"ID":'), 'malformed', true],
    [
      'a body shorter than its length',
      'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"ID":',
      'closed',
      true,
    ],
    ['chunks without an end', chunked('{"ID":"a"}'), 'closed', true],
    ['a broken chunk', `${chunked('{"ID":"a"')}zz\r\n`, 'closed', true],
    ['no answer at all', '', 'closed', true],
    ['something that is not HTTP', '+OK POP3 ready\r\n', 'malformed', false],
    ['HTML', http(200, '<html>'), 'malformed', true],
    ['an empty body', http(200, ''), 'malformed', true],
    ['a list in place of an object', http(200, '[]'), 'malformed', false],
    ['a missing field', http(200, '{"ID":"a","Name":"b"}'), 'malformed', false],
    [
      'a field of another type',
      http(200, '{"ID":"a","Name":"b","ServerVersion":1}'),
      'malformed',
      false,
    ],
  ]
  for (const [what, bytes, code, retryable] of cases) {
    test(`${what} is ${code}`, () =>
      withRudeEngine(
        (socket) => socket.end(bytes),
        async ({ docker }) => {
          const error = await failed(docker.info())
          assert.deepEqual(said(error), { code, retryable }, error.message)
          assert.match(error.message, /^ask for information on the engine: ./)
        },
      ))
  }

  test('the field that is not as it should be is named', () =>
    withRudeEngine(
      (socket) =>
        socket.end(http(200, '{"Id":"a","Name":"/b","Created":"","Image":"","State":{}}')),
      async ({ docker }) => {
        const { message } = await failed(docker.inspectContainer('b'))
        assert.match(message, /expected State.Status to be string, got undefined/)
      },
    ))

  test('what greets without a version is no engine', () =>
    withRudeEngine(
      () => assert.fail('asked on'),
      async ({ docker }) => {
        assert.deepEqual(said(await failed(docker.info())), { code: 'malformed', retryable: false })
      },
      { apiVersion: () => 'none' },
    ))

  test('a body beyond the cap is not gathered', async () => {
    let taken = 0
    const endless = async function* () {
      for (;;) {
        taken += 1000
        yield Buffer.alloc(1000)
      }
    }
    const error = await failed(gather(endless(), 'list containers', 5000))
    assert.deepEqual(said(error), { code: 'malformed', retryable: false })
    assert.equal(taken, 6000)
  })
})

test('null in place of lists and maps is filled up', () =>
  withRudeEngine(
    (socket, request) =>
      socket.end(
        http(
          200,
          request.includes('/json')
            ? '[{"Id":"a","Names":["/b"],"State":"running","Created":1,"Labels":null}]'
            : '{"Volumes":null}',
        ),
      ),
    async ({ docker }) => {
      const [one] = await docker.listContainers()
      assert.deepEqual([one?.Labels, one?.Ports, one?.NetworkSettings.Networks], [{}, [], {}])
      assert.deepEqual(await docker.listVolumes(), [])
    },
  ))

test('an answer in single bytes is whole', () =>
  withRudeEngine(
    async (socket) => {
      socket.setNoDelay(true)
      for (const byte of `${chunked(...'[{"Id":"é"}]')}0\r\n\r\n`) {
        await new Promise((resolve) => socket.write(byte, resolve))
      }
      socket.end(chunk(''))
    },
    async ({ docker }) => {
      const { message } = await failed(docker.listContainers())
      assert.match(message, /expected Names to be array/)
    },
  ))

test('an answer cut at any byte is one of our errors, and leaves nothing behind', async () => {
  const whole = http(200, '[{"Id":"a","Names":["/a"],"State":"running","Created":1}]')
  let end = 0
  const { signal } = new AbortController()
  await withRudeEngine(
    (socket) => socket.end(whole.slice(0, end)),
    async ({ docker }) => {
      for (; end < whole.length; end += 1) {
        const error = await failed(docker.exec('web', { cmd: ['true'], signal }))
        assert.ok(['closed', 'malformed'].includes(error.code), `at ${end}: ${error.message}`)
      }
      assert.equal((await docker.listContainers()).length, 1)
    },
  )
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('an answer that says nothing of the file is malformed', () =>
  withRudeEngine(
    (socket) => socket.end(http(200, 'tar')),
    async ({ docker }) => assert.rejects(docker.readFile('web', '/x'), malformed),
  ))

test('a tar that is cut off is malformed', () =>
  withRudeEngine(
    (socket) => {
      const stat = Buffer.from('{"name":"x","size":3,"mode":420,"linkTarget":""}').toString(
        'base64',
      )
      socket.end(http(200, 'x'.repeat(700), [`X-Docker-Container-Path-Stat: ${stat}`]))
    },
    async ({ docker }) => assert.rejects(docker.readFile('web', '/x'), malformed),
  ))
