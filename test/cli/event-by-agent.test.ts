import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { serfnode } from './harness.ts'

describe('an event sent by the command line', () => {
  let runDir: string
  let answer = { status: 202, body: {} }
  const asked: string[] = []
  const agent = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    asked.push(`${request.method} ${request.url} ${body}`)
    if (answer.status === 0) return request.socket.destroy()
    response.writeHead(answer.status, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify(answer.body))
  })
  before(async () => {
    runDir = mkdtempSync(join(tmpdir(), 'sn-cli-agent-'))
    await new Promise<void>((ready) => agent.listen(join(runDir, 'control.sock'), ready))
  })
  after(() => {
    agent.close()
    rmSync(runDir, { recursive: true })
  })
  const send = (...argv: string[]) =>
    serfnode(['event', ...argv], { inNode: true, runDir, env: { RPC_PORT: '1' } })

  test("goes by the node's agent, which knows how many there were", async () => {
    const { code, stderr } = await send('deploy', 'v1')
    assert.deepEqual([code, stderr], [0, ''])
    const [method, path, ...body] = asked[0]?.split(' ') ?? []
    assert.deepEqual([method, path], ['POST', '/v1/events'])
    assert.match(body.join(' '), /"name":"deploy"/)
  })

  test('is refused over the rate, with the words of the agent', async () => {
    answer = { status: 429, body: { detail: 'event deploy: the next one in 80 ms', code: 'rate' } }
    const { code, stderr } = await send('deploy', 'v1')
    assert.equal(code, 1)
    assert.match(stderr, /^error: send the event: .*the next one in 80 ms/)
  })

  test('is not sent a second time when the agent took it and died', async () => {
    answer = { status: 0, body: {} }
    const before = asked.length
    const { code, stderr } = await send('deploy', 'v1')
    assert.deepEqual([code, asked.length], [1, before + 1])
    assert.match(stderr, /^error: send the event: socket hang up/)
    assert.match(stderr, /it may be sent/)
  })

  test('goes to serf itself when there is no agent', async () => {
    rmSync(join(runDir, 'control.sock'))
    const { code, stderr } = await send('deploy', 'v1')
    assert.equal(code, 1)
    assert.match(stderr, /^error: ask serf: connect to serf at 127\.0\.0\.1:1/)
  })
})
