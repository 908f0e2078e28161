import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { docker, tryDocker } from '../support/docker.ts'
import { ROOT, readTour, runShown, shapeOf } from '../support/readme.ts'

/** The sh block of the README that contains `part`, a command a line, comments taken off. */
const shBlock = (part: string): string[] => {
  const blocks = [
    ...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g),
  ]
  const block = blocks.map(([, text = '']) => text).find((text) => text.includes(part))
  assert.ok(block, `the README has a block with ${part}`)
  return block
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\s+# .*$/, ''))
}

const MY_NODE = join(ROOT, 'my-node')
const DATA = 'serfnode-example-mysql-data'

/** What somebody who follows the README has, and what the commands in it would change or remove. */
const inTheWay = async (): Promise<string[]> => {
  const list = async (kind: string, ...args: string[]): Promise<string[]> =>
    (await docker(...args)).split('\n').flatMap((name) => (name ? `${kind} ${name}` : []))
  const names = ['mysql', 'web1', 'web2', 'first'].flatMap((one) => ['--filter', `name=^/${one}$`])
  const containers = ['ps', '-a', '--format', '{{.Names}}']
  const there = [
    ...(await list('container', ...containers, ...names)),
    ...(await list('container', ...containers, '--filter', 'label=io.serfnode.cluster=demo')),
    ...(await list('volume', 'volume', 'ls', '-q', '--filter', `name=^${DATA}$`)),
    ...(await list('image', 'images', '--format', '{{.Repository}}', 'my_serfnode')),
    ...(existsSync(MY_NODE) ? [`folder ${MY_NODE}`] : []),
  ]
  return [...new Set(there)]
}

const succeeds = async (command: string): Promise<string> => {
  const { code, output } = await runShown(command)
  assert.equal(code, 0, `${command}: exit ${code}: ${output}`)
  return output
}

describe('the README', () => {
  let isOurs = false
  before(async () => {
    const found = await inTheWay()
    const hint = 'remove them (npm run demo -- --stop) or rename them, then try again'
    assert.deepEqual(found, [], `may be in use, and are left alone: ${found.join(', ')}; ${hint}`)
    isOurs = true
    await succeeds('npm run demo')
  })
  after(async () => {
    if (!isOurs) return
    await tryDocker(['rm', '-fv', 'first'])
    await tryDocker(['rmi', 'my_serfnode'])
    rmSync(MY_NODE, { recursive: true, force: true })
    await runShown('npm run demo -- --stop')
  })

  const tour = readTour()
  test('has a tour', () => assert.ok(tour.length >= 8))

  for (const { command, output } of tour) {
    test(`shows what really comes of: ${command}`, async () => {
      const real = (await succeeds(command)).split('\n').map(shapeOf).filter(Boolean)
      assert.deepEqual(real.sort(), output.map(shapeOf).filter(Boolean).sort())
    })
  }

  test('shows the YAML that the example really has', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
    const yml = readFileSync(join(ROOT, 'examples/mysql-nginx/web/serfnode.yml'), 'utf8')
    for (const line of ['role: web', 'needs: [mysql]', 'image: serfnode-example-nginx']) {
      assert.ok(readme.includes(line) && yml.includes(line), line)
    }
  })

  test('makes a node of your own, command by command', async () => {
    for (const command of shBlock('serfnode init')) await succeeds(command)
    assert.equal(await docker('ps', '-aq', '--filter', 'name=^/first$'), '')
  })

  test('gives a host that has only Docker the command', async () => {
    const commands = shBlock('/alias')
    assert.match(await succeeds(commands.join('\n')), /mysql-/)
  })

  test('stops the demo and leaves nothing behind', async () => {
    for (const command of shBlock('demo -- --stop')) await succeeds(command)
    assert.equal(await docker('ps', '-aq', '--filter', 'label=io.serfnode.cluster=demo'), '')
    assert.equal(await docker('volume', 'ls', '-q', '--filter', `name=^${DATA}$`), '')
  })
})
