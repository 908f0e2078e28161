import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { childMounts } from '../../src/children/mounts.ts'
import { shareableMounts } from '../../src/children/shareable.ts'
import type { MountPoint } from '../../src/docker/container-types.ts'
import { ANONYMOUS, bind, nodeFacts, volume } from './facts.ts'
import { childSettings } from './settings.ts'

describe('of the mounts of its node, a child gets', () => {
  const state = volume('state', '/var/lib/serfnode')
  const cases: [string, MountPoint[], string[]][] = [
    [
      'the shared folder and volumes',
      [volume(ANONYMOUS, '/serfnode'), volume('d', '/data')],
      ['/serfnode', '/data'],
    ],
    ['a folder of the host', [bind('/srv/site', '/site')], ['/site']],
    ['not the socket', [bind('/var/run/docker.sock', '/var/run/docker.sock')], []],
    ['not the socket under its other name', [bind('/run/docker.sock', '/x')], []],
    ['not the root of the host', [bind('/', '/host')], []],
    ['not the root of the host elsewhere', [bind('/', '/elsewhere')], []],
    ['not what lies below the prefix', [bind('/srv', '/host/srv')], []],
    ['but what only looks like the prefix', [bind('/srv', '/hostess')], ['/hostess']],
    ['not /run', [bind('/run', '/x')], []],
    ['not /var/run', [bind('/var/run/', '/x')], []],
    ['not /var', [bind('/var', '/x')], []],
    ['not the folder of containerd', [bind('/run/containerd', '/x')], []],
    ['not the data of the engine', [bind('/var/lib', '/x')], []],
    ['but a folder in /run', [bind('/run/mine', '/x')], ['/x']],
    ['not the state', [state], []],
    ['not the state at a second place', [state, volume('state', '/backup')], []],
    [
      'not the state from above',
      [bind('/srv/all/state', '/var/lib/serfnode'), bind('/srv/all', '/all')],
      [],
    ],
    ['not what is mounted above the state', [volume('lib', '/var/lib')], []],
    [
      'not what is mounted in the state',
      [bind('/srv/secret.json', '/var/lib/serfnode/secret.json')],
      [],
    ],
    ['not the run folder', [bind('/srv/x', '/run/serfnode')], []],
    ['not a tmpfs', [{ Type: 'tmpfs', Source: '', Destination: '/t', RW: true }], []],
    [
      'not the socket when it lies elsewhere on the host',
      [bind('/opt/d.sock', '/var/run/docker.sock'), bind('/opt', '/opt')],
      [],
    ],
  ]
  for (const [name, mounts, expected] of cases) {
    test(name, () => {
      const places = shareableMounts(mounts, nodeFacts()).map(({ Destination }) => Destination)
      assert.deepEqual(places, expected)
    })
  }

  test('not the files it is told to hide', () => {
    const mounts = [bind('/srv/token', '/run/secrets/token'), bind('/srv/x', '/run/secrets/other')]
    const facts = nodeFacts(mounts, { privatePaths: ['/run/secrets/token'] })
    assert.deepEqual(shareableMounts(mounts, facts), [mounts[1]])
  })

  test('not the socket through the prefix of 2015', () => {
    const mounts = [bind('/rootfs', '/host'), bind('/rootfs/run', '/x')]
    assert.deepEqual(shareableMounts(mounts, nodeFacts()), [])
  })
})

describe('the mounts of a child', () => {
  test('come from the node, its siblings and the YAML, and the later wins at the same place', () => {
    const own = nodeFacts([
      volume('n1', '/a'),
      volume('n2', '/b'),
      volume('n3', '/c'),
      volume('n4', '/d'),
    ])
    const siblings = new Map([['db', [volume('s2', '/b'), volume('s3', '/c/')]]])
    const child = childSettings('app', {
      volumes: [{ type: 'volume', source: 'y3', target: '/c', read_only: true }],
      volumes_from: ['db'],
      tmpfs: { '/d': '' },
    })
    assert.deepEqual(childMounts(child, own, siblings).mounts, [
      { Type: 'volume', Source: 'n1', Target: '/a' },
      { Type: 'volume', Source: 's2', Target: '/b' },
      { Type: 'volume', Source: 'y3', Target: '/c', ReadOnly: true },
    ])
  })

  test('are the same in whatever order the engine lists those of the node', () => {
    const [one, other] = [volume('n1', '/a'), volume('n2', '/b')]
    const of = (mounts: MountPoint[]) =>
      childMounts(childSettings('app'), nodeFacts(mounts), new Map())
    assert.deepEqual(of([one, other]), of([other, one]))
  })

  test('of the host are Binds, so that the engine makes what is missing, unless a colon forbids it', () => {
    const child = childSettings('app', {
      volumes: [
        { type: 'bind', source: '/srv/a', target: '/a', read_only: true },
        { type: 'bind', source: '/srv/b:c', target: '/b', read_only: false },
        { type: 'volume', target: '/anonymous', read_only: false },
      ],
    })
    const { binds, mounts } = childMounts(child, nodeFacts(), new Map())
    assert.deepEqual(binds, ['/srv/a:/a:ro'])
    assert.deepEqual(mounts, [
      { Type: 'volume', Target: '/anonymous' },
      { Type: 'bind', Source: '/srv/b:c', Target: '/b' },
    ])
  })

  test('name the anonymous volumes that it has from others, but not those the YAML names', () => {
    const own = nodeFacts([volume(ANONYMOUS, '/serfnode'), volume('named', '/data')])
    const asked = 'e'.repeat(64)
    const child = childSettings('app', {
      volumes: [{ type: 'volume', source: asked, target: '/old', read_only: false }],
    })
    assert.deepEqual(childMounts(child, own, new Map()).borrowed, [ANONYMOUS])
  })

  test('from a container that is not ours are not ours to remove', () => {
    const given = new Map([['container:data', [volume(ANONYMOUS, '/data')]]])
    const child = childSettings('app', { volumes_from: ['container:data'] })
    const { mounts, borrowed } = childMounts(child, nodeFacts(), given)
    assert.deepEqual([mounts[0]?.Source, borrowed], [ANONYMOUS, []])
    const bySibling = new Map([...given, ['db', [volume(ANONYMOUS, '/data')]]])
    const next = childSettings('next', { volumes_from: ['db'] })
    assert.deepEqual(childMounts(next, nodeFacts(), bySibling).borrowed, [])
  })

  test('hold the socket when the YAML says so, with a warning', () => {
    const child = childSettings('app', {
      volumes: [
        {
          type: 'bind',
          source: '/var/run/docker.sock',
          target: '/var/run/docker.sock',
          read_only: false,
        },
      ],
    })
    const { binds, warnings } = childMounts(child, nodeFacts(), new Map())
    assert.deepEqual(binds, ['/var/run/docker.sock:/var/run/docker.sock'])
    assert.match(warnings.join(), /root on this host/)
  })
})
