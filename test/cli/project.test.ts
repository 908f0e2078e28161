import assert from 'node:assert/strict'
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { extract } from 'tar-stream'
import { buildContext, type ContextOptions } from '../../src/cli/build/context.ts'
import { dockerfileOf, notCopied, withExpose, withFiles } from '../../src/cli/build/dockerfile.ts'
import { projectName } from '../../src/cli/commands/build.ts'
import { serfnode } from './harness.ts'

let top: string
let dir: string
let count = 0

before(async () => {
  top = await mkdtemp(join(tmpdir(), 'sntest-cli-'))
})
beforeEach(async () => {
  dir = join(top, String(count++))
  await mkdir(dir)
})
after(() => rm(top, { recursive: true, force: true }))

describe('serfnode init', () => {
  test('writes a project that is valid', async () => {
    const { code, stdout, stderr } = await serfnode(['init', 'new/one'], { cwd: dir })
    assert.deepEqual([code, stderr], [0, ''])
    const entries = await readdir(join(dir, 'new/one'), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    const names = files.map(({ parentPath, name }) =>
      relative(join(dir, 'new/one'), join(parentPath, name)),
    )
    assert.deepEqual(
      stdout.trim().split('\n').sort(),
      names.map((name) => `new/one/${name}`).sort(),
    )
    assert.ok(names.includes('serfnode.yml'))
    const example = await stat(join(dir, 'new/one/handlers/query.load.sh'))
    assert.equal(example.mode & 0o111, 0o111, 'an example that can be run')
    assert.equal((await serfnode(['validate', 'new/one'], { cwd: dir })).code, 0)
    // The first line of the YAML points editors to it.
    const schema = await readFile(join(dir, 'new/one/serfnode.schema.json'), 'utf8')
    assert.equal(JSON.parse(schema).title, 'serfnode.yml')
  })

  test('writes nothing when one of its files is there, a dead link even', async () => {
    await symlink('/nowhere/at/all', join(dir, 'serfnode.yml'))
    const { code, stdout, stderr } = await serfnode(['init'], { cwd: dir })
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^error: .*serfnode\.yml exist.*\nnothing was written/)
    assert.deepEqual(await readdir(dir), ['serfnode.yml'])
  })
})

describe('serfnode validate', () => {
  test('says OK, with what it found', async () => {
    await writeFile(
      join(dir, 'serfnode.yml'),
      'serfnode: {role: web}\nchildren: {app: {image: x, ports: [80]}}\n',
    )
    const { code, stdout } = await serfnode(['validate', dir])
    assert.deepEqual([code, stdout], [0, `OK ${dir}/serfnode.yml: role web, children app\n`])
    const { ok, role, children, expose } = JSON.parse(
      (await serfnode(['validate', dir, '--json'])).stdout,
    )
    assert.deepEqual([ok, role, children, expose], [true, 'web', ['app'], ['80/tcp']])
  })

  test('names each problem with its place, and ends with 2', async () => {
    const file = join(dir, 'other.yml')
    await writeFile(file, 'children:\n  app:\n    image: 7\n    imgae: x\n')
    const { code, stdout, stderr } = await serfnode(['validate', file])
    assert.deepEqual([code, stderr], [2, ''])
    assert.match(stdout, /other\.yml:4:5: .*did you mean "image"/)
    const found = JSON.parse((await serfnode(['validate', file, '--json'])).stdout)
    assert.equal(found.ok, false)
    assert.deepEqual(Object.keys(found.problems.at(-1)).sort(), [
      'column',
      'file',
      'line',
      'message',
    ])
  })

  test('of a folder without a project says how to begin', async () => {
    const { code, stdout } = await serfnode(['validate', dir])
    assert.equal(code, 2)
    assert.match(stdout, /no such file.*serfnode init/)
  })
})

describe('serfnode build', () => {
  test('of a wrong project builds nothing', async () => {
    await writeFile(join(dir, 'serfnode.yml'), 'children: {a: {}}\n')
    const docker = async () => assert.fail('the engine was asked')
    const { code, stdout, stderr } = await serfnode(['build', dir, '-t', 'x'], { docker })
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /serfnode\.yml:1:\d+: /)
  })

  test('of a folder that is not there, or with --from and a Dockerfile, is an error of usage', async () => {
    const nope = await serfnode(['build', join(dir, 'nope'), '-t', 'x'])
    assert.equal(nope.code, 2)
    assert.match(nope.stderr, /^error: build .*nope: no such folder\n/)
    await writeFile(join(dir, 'Dockerfile'), 'FROM x\n')
    assert.equal((await serfnode(['build', dir, '-t', 'x', '--from', 'y'])).code, 2)
  })

  test('copies the YAML and its env_files, whatever their names, and exposes the ports', () => {
    const text = dockerfileOf({ from: 'serfnode:1', files: ['serfnode.yml', 'conf/my app.env'] })
    assert.equal(
      withExpose(text, ['53/udp', '80/tcp']),
      'FROM serfnode:1\nCOPY ["serfnode.yml","/serfnode.yml"]\nCOPY ["conf/my app.env","/conf/my app.env"]\nEXPOSE 53/udp 80/tcp\n',
    )
    assert.equal(withExpose('FROM x', []), 'FROM x')
    assert.equal(withExpose('FROM x', ['80/tcp']), 'FROM x\nEXPOSE 80/tcp\n')
  })

  test("copies what the YAML names and the folder's own Dockerfile leaves out", () => {
    const own = 'FROM serfnode\nCOPY serfnode.yml /serfnode.yml\nCOPY handlers /handlers\n'
    const files = ['deploy.sh', 'conf/a.env']
    assert.deepEqual(notCopied(own, files), files)
    assert.equal(
      withFiles(own, files),
      `${own}COPY ["deploy.sh","/deploy.sh"]\nCOPY ["conf/a.env","/conf/a.env"]\n`,
    )
    assert.equal(withFiles(own, []), own)
    assert.deepEqual(
      notCopied(`${own}COPY --from=made /out/deploy.sh /\nCOPY conf /conf`, files),
      [],
    )
    assert.deepEqual(notCopied(`${own}COPY . /`, files), [])
  })

  test('names the project after the image', () => {
    const names = [
      'my_web',
      'my_web:1',
      'host:5000/team/my_web',
      'host:5000/team/my_web:1@sha256:ab',
    ]
    assert.deepEqual(names.map(projectName), ['my_web', 'my_web', 'my_web', 'my_web'])
  })
})

type Entry = { name: string; type: string; mode: number; linkname: string; text: string }

const entriesOf = async (options: Partial<ContextOptions>): Promise<Entry[]> => {
  const entries: Entry[] = []
  const unpacked = buildContext({ dir, always: [], replaced: {}, ...options }).pipe(
    extract() as never,
  )
  for await (const entry of unpacked as ReturnType<typeof extract>) {
    let text = ''
    for await (const chunk of entry) text += String(chunk)
    const { name, type, mode, linkname } = entry.header
    entries.push({ name: name.replace(/\/$/, ''), type, mode, linkname, text })
  }
  return entries
}

describe('the context of a build', () => {
  const namesOf = async (options: Partial<ContextOptions> = {}): Promise<string[]> =>
    (await entriesOf(options)).map(({ name }) => name).sort()

  const fill = async (files: Record<string, string>): Promise<void> => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(dir, name, '..'), { recursive: true })
      await writeFile(join(dir, name), text)
    }
  }

  test('is the folder: files with their modes, folders, links as links', async () => {
    await fill({ 'run.sh': 'hello', 'sub/empty': '', 'sub/big': 'x'.repeat(300_000) })
    await chmod(join(dir, 'run.sh'), 0o755)
    await symlink('../../etc/passwd', join(dir, 'link'))
    const entries = await entriesOf({})
    assert.deepEqual(
      entries.map(({ name, type }) => [name, type]),
      [
        ['link', 'symlink'],
        ['run.sh', 'file'],
        ['sub', 'directory'],
        ['sub/big', 'file'],
        ['sub/empty', 'file'],
      ],
    )
    assert.equal(entries[0]?.linkname, '../../etc/passwd')
    assert.deepEqual([entries[1]?.mode, entries[1]?.text], [0o755, 'hello'])
    assert.equal(entries[3]?.text.length, 300_000)
  })

  test('is without what .dockerignore names, and with what it takes back', async () => {
    await fill({
      '.dockerignore': 'node_modules\n*.log\nsecret/*\n!secret/ok\n',
      'a.log': '',
      'b.txt': '',
      'node_modules/x/y': '',
      'secret/key': '',
      'secret/ok': '',
    })
    assert.deepEqual(await namesOf(), ['.dockerignore', 'b.txt', 'secret', 'secret/ok'])
  })

  test('has a file that is taken back from a folder left out', async () => {
    await fill({ '.dockerignore': 'secret\n!secret/ok\n', 'secret/key': '', 'secret/ok': '' })
    assert.deepEqual(await namesOf(), ['.dockerignore', 'secret/ok'])
  })

  test('has the files that the image needs although .dockerignore names them', async () => {
    await fill({
      '.dockerignore': '*\n',
      'serfnode.yml': '',
      'conf/a.env': 'A=1',
      'conf/b.env': '',
    })
    const always = ['serfnode.yml', 'conf/a.env']
    assert.deepEqual(await namesOf({ always }), ['.dockerignore', 'conf/a.env', 'serfnode.yml'])
  })

  test('has our text in place of a file', async () => {
    await fill({ Dockerfile: 'FROM a\n' })
    const [entry, ...more] = await entriesOf({ replaced: { Dockerfile: 'FROM b\n' } })
    assert.deepEqual([entry?.name, entry?.text, more.length], ['Dockerfile', 'FROM b\n', 0])
  })

  test('that cannot be read fails, and does not end as if it were whole', async () => {
    await assert.rejects(
      async () => {
        for await (const _ of buildContext({ dir: join(dir, 'nope'), always: [], replaced: {} }));
      },
      { code: 'ENOENT' },
    )
  })
})
