import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readProject } from '../../src/config/project.ts'
import { problemsOf } from './load.ts'

const MIB = 1024 * 1024

const bomb = [
  'x0: &a0 {A: 1, B: 2, C: 3}',
  ...Array.from({ length: 12 }, (_, index) => {
    const aliases = Array.from({ length: 9 }, () => `*a${index}`).join(', ')
    return `x-${index + 1}: &a${index + 1} {<<: [${aliases}]}`
  }),
  'children: {web: {image: a, environment: {<<: *a12}}}',
].join('\n')

/** Each would cost the library seconds, gigabytes or the process. */
const huge: Record<string, [string, RegExp]> = {
  'a file of 10 MB': ['# x\n'.repeat(2.5 * MIB), /found 10485760 bytes, expected 1 MiB at most/],
  'a bomb of aliases': [bomb, /too many values once aliases are resolved/],
  'an alias within itself': [
    'children: &a {<<: *a}',
    /the alias refers to the map that it stands in/,
  ],
  'nested lists': ['['.repeat(MIB), /:1:151: nested too deeply, expected 50 levels at most/],
  'nested maps': ['{'.repeat(MIB), /nested too deeply/],
  'nested block lists': ['- '.repeat(MIB / 2), /nested too deeply/],
  'nested keys': ['? '.repeat(MIB / 2), /nested too deeply/],
  'brackets that close nothing': [']'.repeat(MIB), /expected 200000 YAML tokens at most/],
  'commas alone': [`[${','.repeat(MIB - 2)}]`, /expected 200000 YAML tokens at most/],
  'documents without end': ['---\n'.repeat(200_000), /expected 200000 YAML tokens at most/],
  'a number of a million digits': [`children: ${'9'.repeat(MIB - 20)}`, /found "9{60}\.\.\."/],
  'a key of a thousand letters': [`{${'k'.repeat(1000)}: 1}`, /unknown key "k{60}\.\.\."/],
  'five hundred and one children': [
    `children: {${Array.from({ length: 501 }, (_, index) => `c${index}: {image: a}`).join(', ')}}`,
    /found 501 children, expected 500 at most/,
  ],
}

describe('a file that is too much', () => {
  for (const [what, [text, message]] of Object.entries(huge)) {
    test(`${what} is one short error within two seconds of work`, async () => {
      const start = process.cpuUsage()
      const lines = await problemsOf(text)
      // Not by the clock: other tests run at the same time.
      const { user, system } = process.cpuUsage(start)
      const took = (user + system) / 1000
      assert.match(lines[0]!, message)
      assert.ok(lines.join('\n').length < 3000, 'the message is short')
      assert.ok(took < 2000, `took ${took} ms`)
    })
  }

  test('aliases as people use them are far from the limit', async () => {
    const children = Array.from({ length: 300 }, (_, index) => `  c${index}: {<<: *x, user: u}`)
    const x = 'x-x: &x {image: a, environment: &e {A: 1, B: 2}, labels: *e}'
    const text = [x.replace(', labels: *e', ''), 'children:', ...children].join('\n')
    const [line] = await problemsOf(text)
    assert.match(line!, /^no problem/)
  })

  test('a big file on disk is refused without being read whole', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sntest-'))
    t.after(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'serfnode.yml'), Buffer.alloc(10 * MIB, '# x\n'))
    await assert.rejects(readProject(folder), /found 1048577 bytes, expected 1 MiB at most/)
  })
})
