import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { connectDocker } from '../../src/docker/client.ts'

const NAME = 'sntest-read-text'
const run = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' }).trim()
const remove = () => {
  if (run('ps', '-aq', '--filter', `name=^/${NAME}$`) !== '') run('rm', '-fv', NAME)
}

describe("a file of a container in which the host's root is mounted", () => {
  const docker = connectDocker({ socketPath: '/var/run/docker.sock' })
  before(() => {
    remove()
    const options = ['--name', NAME, '--label', 'io.serfnode.test=1', '-v', '/:/host:ro']
    run('run', '-d', ...options, 'serfnode-base:trixie', 'sleep', '1h')
    run('exec', NAME, 'sh', '-c', 'echo "hällo" > /a; mkdir /folder')
  })
  after(remove)
  const mounts = () => Number(run('exec', NAME, 'grep', '-c', '', '/proc/self/mountinfo'))

  test('is read as often as wanted: an archive would double its mounts each time', async () => {
    const first = mounts()
    for (let n = 0; n < 6; n++) assert.equal(await docker.readText(NAME, '/a'), 'hällo\n')
    // Other containers come and go on the host meanwhile.
    assert.ok(mounts() < 2 * first, `${first} mounts became ${mounts()}`)
  })

  test('is undefined when it is not there, and an error when it is none', async () => {
    assert.equal(await docker.readText(NAME, '/none'), undefined)
    assert.equal(await docker.readText(NAME, '/a/b'), undefined)
    await assert.rejects(docker.readText(NAME, '/folder'), { code: 'bad-request' })
    await assert.rejects(docker.readText(`${NAME}-none`, '/a'), { code: 'not-found' })
  })

  test('is read from its layer when the container is stopped', async () => {
    run('kill', NAME)
    assert.equal(await docker.readText(NAME, '/a'), 'hällo\n')
    assert.equal(await docker.readText(NAME, '/none'), undefined)
  })
})
