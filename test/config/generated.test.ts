import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { generatedFiles } from '../../scripts/generate-docs.ts'
import { variableNames } from '../../src/config/environment.ts'
import { settingsHelp } from '../../src/config/settings-help.ts'
import { accepts } from './accepts.ts'
import { load } from './load.ts'

const read = (path: string): Promise<string> =>
  readFile(new URL(`../../${path}`, import.meta.url), 'utf8')

for (const [path, text] of Object.entries(generatedFiles())) {
  test(`${path} is up to date`, async () => {
    const advice = `run: node --import tsx scripts/generate-docs.ts`
    assert.equal(await read(path), text, advice)
  })
}

test('--help names every variable and fits into 80 columns', () => {
  const help = settingsHelp()
  for (const name of variableNames()) assert.match(help, new RegExp(`\\b${name}\\b`))
  for (const line of help.split('\n')) assert.ok(line.length <= 80, line)
})

test('the examples on the settings page are legal', async () => {
  const page = await read('docs/settings.md')
  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!)
  assert.equal(examples.length, 2)
  const [map, list] = await Promise.all(examples.map((text) => load(text)))
  assert.deepEqual(map?.settings.children.length, 2)
  assert.deepEqual(
    map?.settings.children.map(({ name }) => name),
    list?.settings.children.map(({ name }) => name),
  )
})

describe('the schema', async () => {
  const schema = JSON.parse(await read('serfnode.schema.json'))
  const page = await read('docs/settings.md')
  const good = [
    '',
    'serfnode:\nchildren:\n',
    'x-a: 1\nserfnode: {x-b: 2, role: a b, insecure: true, serf_ip: 10.0.0.1, rpc_port: 1}',
    'serfnode: {peer: [a, b], ports: [80], volumes: ["aa:/b"], volumes_from: [], environment: [A=1]}',
    'children: {web: {image: a, command: x y, entrypoint: [a, 1], ports: ["1:2", {target: 1}]}}',
    'children: [{web: {image: a, env_file: /x, tmpfs: [/a], labels: {a: null}, cpus: "0.5"}}]',
    'children: {web: {image: a, volumes: [{type: bind, source: /a, target: /b, read_only: true}]}}',
    'children: {web: {image: a, needs: [a b], wants: c, links: db, x-a: 1}, db: {image: a}}',
    await read('templates/serfnode.yml'),
    ...[...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!),
  ]
  for (const text of good) {
    test(`accepts what the node accepts: ${JSON.stringify(text.slice(0, 60))}`, async () => {
      await load(text, { files: { '/x': '' } })
      assert.ok(accepts(schema, parse(text)))
    })
  }

  const bad = [
    'services: {}',
    'serfnode: {token: x}',
    'serfnode: {serf_port: 70000}',
    'serfnode: {reach: hosts}',
    'children: {web: {}}',
    'children: {web: {image: a, imge: b}}',
    'children: {"a b": {image: a}}',
    'children: [{a: {image: a}, b: {image: b}}]',
    'children: {web: {image: a, pull: sometimes}}',
    'children: {web: {image: a, volumes: [{target: /b}]}}',
  ]
  for (const text of bad) {
    test(`refuses what the node refuses: ${text}`, async () => {
      await assert.rejects(load(text))
      assert.ok(!accepts(schema, parse(text)))
    })
  }
})
