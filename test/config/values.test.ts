import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isHostName as isHostNameInCatalog } from '../../src/catalog/host-name.ts'
import { commandWords, splitWords } from '../../src/config/command-words.ts'
import { parseEnvFile } from '../../src/config/env-file.ts'
import { ports } from '../../src/config/ports.ts'
import {
  address,
  bytes,
  cpuShare,
  duration,
  flag,
  imageName,
  isHostName,
  signal,
} from '../../src/config/scalars.ts'
import { Advice, type Shape } from '../../src/config/shape.ts'
import { suggest } from '../../src/config/suggest.ts'
import { volume } from '../../src/config/volumes.ts'
import { textValue } from '../../src/config/yaml-value.ts'
import { load } from './load.ts'

const read = <T>(shape: Shape<T>, text: string): T | undefined =>
  shape.read(textValue(text, 'X', { report: () => {}, warn: () => {} }))

const readAll = <T>(shape: Shape<T>, table: Record<string, T | undefined>) => {
  for (const [text, value] of Object.entries(table)) {
    assert.deepEqual(read(shape, text), value, `"${text}"`)
  }
}

describe('a command', () => {
  test('is split at spaces as a shell reads its words', () => {
    const table: Record<string, string[]> = {
      '': [],
      ' a  b\tc\n': ['a', 'b', 'c'],
      'nginx -g "daemon off;"': ['nginx', '-g', 'daemon off;'],
      [`sh -c 'echo "$HOME"'`]: ['sh', '-c', 'echo "$HOME"'],
      'a\\ b \\"c': ['a b', '"c'],
      '"a\\"b\\\\c\\n"': ['a"b\\c\\n'],
      "'a\\b'": ['a\\b'],
      [`--x="a b"'c'd ''`]: ['--x=a bcd', ''],
      'curl http://x/?a=1&b=2;c': ['curl', 'http://x/?a=1&b=2;c'],
      "echo '&&'": ['echo', '&&'],
      [`echo "#" # no comment`]: ['echo', '#', '#', 'no', 'comment'],
    }
    for (const [command, words] of Object.entries(table)) {
      assert.deepEqual(splitWords(command), words, command)
    }
  })

  test('with an open quote, a last backslash or an operator is refused', () => {
    for (const command of ['"a', "it's", 'a\\', 'a | b', 'a > b', 'a &', 'a 2>&1']) {
      assert.ok(splitWords(command) instanceof Advice, command)
    }
  })

  test('that is empty stays empty, to take away what the image has', () => {
    assert.deepEqual(read(commandWords, ''), [])
  })
})

test('durations are read in milliseconds', () => {
  readAll(duration, {
    '10s': 10_000,
    '1m30s': 90_000,
    '1h': 3_600_000,
    '250ms': 250,
    '1.5s': 1500,
    '24h': 86_400_000,
    '25h': undefined,
    '10': undefined,
    s: undefined,
    '-1s': undefined,
    '1s 2s': undefined,
  })
})

test('amounts of memory are read in bytes', () => {
  const MIB = 1024 ** 2
  readAll(bytes, {
    '256m': 256 * MIB,
    '256MB': 256 * MIB,
    '1g': 1024 * MIB,
    '6144k': 6 * MIB,
    '6291456': 6 * MIB,
    '6291456b': 6 * MIB,
    '6291455': undefined,
    '0': undefined,
    '1t': undefined,
    m: undefined,
    '9999999999999999g': undefined,
  })
})

test('shares of CPUs are numbers above nothing', () => {
  readAll(cpuShare, {
    '0.5': 0.5,
    '2': 2,
    '.5': 0.5,
    '0': undefined,
    '': undefined,
    '1e3': undefined,
  })
})

test('flags are read in the words of YAML 1.1 too', () => {
  readAll(flag, { true: true, Yes: true, on: true, '1': true, no: false, OFF: false, y: undefined })
})

test('signals are named alike, however they are written', () => {
  readAll(signal, {
    SIGTERM: 'SIGTERM',
    int: 'SIGINT',
    'sigrtmin+3': 'SIGRTMIN+3',
    '9': '9',
    '0': undefined,
    '65': undefined,
    TREM: undefined,
  })
})

test('names of images are those that Docker takes', () => {
  const good = [
    'nginx',
    'nginx:1.27-alpine',
    'library/nginx',
    'localhost:5000/a/b__c:x',
    'Registry.example/a',
    `a@sha256:${'0'.repeat(64)}`,
    `a:b@sha256:${'0'.repeat(64)}`,
    `sha256:${'a'.repeat(64)}`,
    'abcdef012345',
  ]
  for (const name of good) assert.equal(read(imageName, name), name)
  const bad = [
    '',
    'Nginx',
    'a b',
    'a:',
    ':a',
    'a/',
    '/a',
    'a//b',
    'a:b:c',
    '-a',
    'a@sha256:1',
    '$A',
  ]
  for (const name of bad) assert.equal(read(imageName, name), undefined, name)
})

test('an address that other nodes cannot use is refused', () => {
  for (const good of [
    '10.0.0.1',
    '172.17.0.2',
    '192.168.1.1',
    '8.8.8.8',
    'fd00::1',
    '2001:db8::1',
  ]) {
    assert.equal(read(address, good), good)
  }
  const bad = [
    '0.0.0.0',
    '127.0.0.1',
    '169.254.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    'web',
    '10.0.0',
    '10.0.0.1:80',
  ]
  for (const each of bad) assert.equal(read(address, each), undefined, each)
})

test('host names are those that a node really writes into hosts files', () => {
  const good = ['db', 'no_role', 'a-b', '1a', 'A', '_x', '0x', 'x0', '0b1', 'ip6-x', 'x'.repeat(63)]
  const shapes = ['', 'a b', '-a', 'a-', '-', 'my.role', 'a..b', 'a.', 'ä', 'a\n', 'x'.repeat(64)]
  const numbers = ['10', '10.0.0.1', '0x7f', '0X1', '007', '1e3']
  const machine = [
    ...['localhost', 'LOCALHOST', 'localhost4', 'localhost6', 'localhost5', 'localhostx'],
    ...['localhost.db', 'db.localhost', 'xlocalhost', 'broadcasthost', 'ip6-localhost'],
    ...['ip6-loopback', 'IP6-Loopback', 'ip6-localnet', 'ip6-mcastprefix', 'ip6-allnodes'],
    ...['ip6-allrouters', 'ip6-allhosts', 'ip6-all', 'ip6-local'],
  ]
  for (const name of [...good, ...shapes, ...numbers, ...machine]) {
    assert.equal(isHostName(name), isHostNameInCatalog(name), JSON.stringify(name))
  }
  for (const name of ['db', 'no_role', 'ip6-x']) assert.ok(isHostName(name), name)
  for (const name of ['my.role', '10', '0x7f', 'localhost', 'ip6-loopback']) {
    assert.ok(!isHostName(name), name)
  }
})

test('a role that no hosts file can have is taken with a warning', async () => {
  for (const role of ['my.role', '0x7f', 'my role']) {
    const { settings, warnings } = await load('', { env: { ROLE: role } })
    assert.equal(settings.role, role)
    assert.match(warnings.join('\n'), new RegExp(`role "${role}" is no host name`))
  }
  assert.deepEqual((await load('', { env: { ROLE: 'web' } })).warnings, [])
})

test('ports that Docker would not understand are refused', () => {
  for (const bad of [
    '',
    ':80',
    '80:',
    'a',
    '0',
    '80/sctp',
    '80/',
    '1:2:3',
    '1-200',
    '5-3',
    '1-2-3',
  ]) {
    assert.equal(read(ports, bad), undefined, bad)
  }
  const any = { container: 80, protocol: 'tcp', address: '127.0.0.1' } as const
  assert.deepEqual(read(ports, '127.0.0.1::80'), [any])
  assert.equal(read(ports, '1-100')?.length, 100)
})

test('volumes that mean nothing in a container are refused', () => {
  const bad = [
    '',
    'data',
    'data:',
    ':/x',
    './a:/b',
    '../a:/b',
    '~/a:/b',
    'a:/b',
    'x:y',
    '/a:/',
    '/',
    '/a:/b:z',
    '/a:/b:ro:rw',
    '/a:/serfnode',
  ]
  for (const each of bad) assert.equal(read(volume, each), undefined, each)
  const root = { type: 'bind', source: '/', target: '/host', read_only: false } as const
  assert.deepEqual(read(volume, '/:/host/'), root)
})

test('an env_file is read as Compose reads it, and nothing is replaced', () => {
  const text =
    '\ufeff# x\r\n\r\nA=1\r\nB = two words \nC="a # \\"b\\"" # c\nD=\'\\n\'\nE=\nexport F=$A\nG\nH=a#b\n'
  const lines = parseEnvFile('e', text, () => assert.fail())
  assert.deepEqual(
    lines.map(({ name, value }) => [name, value]),
    [
      ['A', '1'],
      ['B', 'two words'],
      ['C', 'a # "b"'],
      ['D', '\\n'],
      ['E', ''],
      ['F', '$A'],
      ['G', undefined],
      ['H', 'a#b'],
    ],
  )
})

test('a suggestion is made only when it is near', () => {
  const names = ['image', 'environment', 'links', 'volumes', 'volumes_from']
  const near: Record<string, string> = {
    imgae: 'image',
    Image: 'image',
    enviroment: 'environment',
    env: 'environment',
    link: 'links',
    'volumes-from': 'volumes_from',
    volumez: 'volumes',
  }
  for (const [wrong, right] of Object.entries(near)) {
    assert.equal(suggest(wrong, names), `; did you mean "${right}"?`, wrong)
  }
  for (const far of ['x', 'secrets', '', 'y'.repeat(9999)])
    assert.equal(suggest(far, names), '', far)
})
