import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'

const hasPython = spawnSync('python3', ['--version']).status === 0

/** The Python that a page shows, without the indentation that a list gives it. */
const scriptsOf = (page: string): string[] => {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
  return [...text.matchAll(/^( *)```python\n([\s\S]*?)^ *```/gm)].map(
    ([, indent = '', script = '']) => script.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  )
}

const run = (script: string, input: string): { out: string; err: string } => {
  const { stdout, stderr, status } = spawnSync('python3', ['-c', script], {
    input,
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  return { out: stdout, err: stderr }
}

describe('the Python on the pages', { skip: !hasPython && 'there is no python3' }, () => {
  const [disk = ''] = scriptsOf('handlers.md')
  const [join = '', deploy = '', load = ''] = scriptsOf('migrating-from-2015.md')

  test('answers queries', () => {
    assert.ok(JSON.parse(run(disk, '').out).free_mb > 0)
    assert.equal(JSON.parse(run(load, '{"unit": "1m"}\n').out).unit, '1m')
  })

  test('reads members and payloads as they come', () => {
    const line = 'web-1.abc\t10.0.0.1\tweb\trole=web,name=web-1\n'
    assert.equal(run(join, line + line).err, 'web-1.abc 10.0.0.1 web\n'.repeat(2))
    const said = execFileSync('python3', ['-c', deploy.replace('/deploy.sh', '/bin/echo')], {
      input: '{"version": "v42"}\n',
      encoding: 'utf8',
    })
    assert.equal(said, 'v42\n')
  })
})
