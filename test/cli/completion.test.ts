import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { completeNames } from '../../src/cli/completion/names.ts'
import { allWords } from '../../src/cli/completion/words.ts'
import { connectDocker } from '../../src/docker/client.ts'
import { serfnode } from './harness.ts'

const scriptFor = async (shell: 'bash' | 'zsh'): Promise<string> => {
  const { code, stdout } = await serfnode(['completion', shell])
  assert.equal(code, 0)
  return stdout
}

/** Stands for the command in the shell: it knows two nodes and a child. */
const STAND_IN = `serfnode() { case "$*" in
  '__complete nodes') echo web1; echo web2 ;;
  '__complete targets') echo web1; echo web1/app ;;
  *) echo "asked: $*" >&2 ;;
esac; }`

/** What bash offers for the last of `words`, by the script that is printed. */
const offered = async (...words: string[]): Promise<string[]> => {
  const quoted = words.map((word) => `'${word}'`).join(' ')
  const ask = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _serfnode`
  const text = `${STAND_IN}\n${await scriptFor('bash')}\n${ask}\nprintf '%s\\n' "\${COMPREPLY[@]}"`
  const argv = ['--norc', '--noprofile', '-c', text]
  const { stdout, stderr } = await promisify(execFile)('bash', argv, { timeout: 10_000 })
  assert.equal(stderr, '', words.join(' '))
  return stdout.split('\n').filter(Boolean)
}

describe('the completion of bash', () => {
  test('offers every command, and every option of each', async () => {
    const commands = await allWords()
    const names = commands.map(({ name }) => name)
    assert.deepEqual(await offered('serfnode', ''), [...names, 'help'])
    assert.deepEqual(await offered('serfnode', 'st'), ['status', 'stop'])
    for (const { name, options } of commands) {
      const flags = options.flatMap((option) => option.flags).filter((flag) => /^--/.test(flag))
      assert.deepEqual(await offered('serfnode', name, '--'), flags)
    }
  })

  test('offers the values that an option or argument may have', async () => {
    assert.deepEqual(await offered('serfnode', 'members', '--status', 'l'), ['leaving', 'left'])
    assert.deepEqual(await offered('serfnode', 'members', '--status', '=', 'f'), ['failed'])
    assert.deepEqual(await offered('serfnode', 'completion', ''), ['bash', 'zsh'])
    assert.deepEqual(await offered('serfnode', 'help', 'val'), ['validate'])
  })

  test('offers nodes and children, also after options with a value', async () => {
    assert.deepEqual(await offered('serfnode', 'status', ''), ['web1', 'web2'])
    assert.deepEqual(await offered('serfnode', 'members', '--node', 'web2'), ['web2'])
    assert.deepEqual(await offered('serfnode', 'members', '--node', '='), ['web1', 'web2'])
    assert.deepEqual(await offered('serfnode', 'logs', '--tail', '5', 'web1'), ['web1', 'web1/app'])
    assert.deepEqual(await offered('serfnode', 'rm', '-v', 'web1', 'w'), ['web1', 'web2'])
  })

  test('offers nothing where anything may stand, or nothing more', async () => {
    assert.deepEqual(await offered('serfnode', 'run', '--name', ''), [])
    assert.deepEqual(await offered('serfnode', 'status', 'web1', ''), [])
    assert.deepEqual(await offered('serfnode', 'nonsense', ''), [])
  })
})

describe('the completion of zsh', () => {
  test('has every command and option, with what it means', async () => {
    const script = await scriptFor('zsh')
    for (const { name, options } of await allWords()) {
      assert.match(script, new RegExp(`^ {4}'${name}:`, 'm'))
      assert.match(script, new RegExp(`^ {4}${name}\\)$`, 'm'))
      for (const flag of options.flatMap(({ flags }) => flags)) {
        assert.match(script, new RegExp(`[')*]${flag}=?\\[`), `${name} ${flag}`)
      }
    }
  })

  const hasZsh = spawnSync('zsh', ['--version']).status === 0
  const skip = hasZsh ? false : 'no zsh on this machine: its syntax is not checked'
  test('is one that zsh takes', { skip }, async () => {
    const input = await scriptFor('zsh')
    const { status, stderr } = spawnSync('zsh', ['-f', '-n'], { input, encoding: 'utf8' })
    assert.deepEqual([status, stderr], [0, ''])
  })
})

describe('the names for a completion', () => {
  const id = (letter: string): string => letter.repeat(64)
  const container = (letter: string, name: string, labels: Record<string, string>) => ({
    Id: id(letter),
    Names: [`/${name}`],
    Command: '/usr/lib/serfnode/entry',
    Labels: labels,
  })
  const child = (letter: string, name: string) =>
    container(letter, `${name}_app`, {
      'io.serfnode.child': name,
      'io.serfnode.owner': id('a'),
      'io.serfnode.image': '1',
    })
  const all = [
    container('a', 'web1', { 'io.serfnode.image': '1' }),
    container('b', 'mine', {}),
    child('c', 'app'),
    child('d', '$(touch /tmp/x)'),
  ]
  const asking = (listContainers: () => Promise<unknown>) => ({
    docker: async () => ({ listContainers }) as never,
    signal: new AbortController().signal,
  })

  test('are those of nodes and their children, and never what a shell would run', async () => {
    const world = asking(async () => all)
    assert.deepEqual(await completeNames('nodes', world), ['web1'])
    assert.deepEqual(await completeNames('targets', world), ['web1', 'web1/app'])
  })

  test('are none, soon and quietly, when the engine is away or says nothing', async () => {
    const docker = async () => connectDocker({ socketPath: '/nowhere/docker.sock' })
    const away = await serfnode(['__complete', 'nodes'], { docker })
    assert.deepEqual(away, { code: 0, stdout: '', stderr: '' })
    const began = performance.now()
    assert.deepEqual(
      await completeNames(
        'nodes',
        asking(() => new Promise(() => {})),
      ),
      [],
    )
    assert.ok(performance.now() - began < 1_500)
  })
})
