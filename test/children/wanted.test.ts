import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { wantedContainer } from '../../src/children/wanted.ts'
import type { ChildSettings } from '../../src/config/types.ts'
import { nodeFacts, OWN, volume } from './facts.ts'
import { childSettings } from './settings.ts'

describe('the container of a child', () => {
  test('is what the YAML says, in the network of the node', () => {
    const child = childSettings('app', {
      image: 'nginx:1',
      command: ['run'],
      entrypoint: ['/init'],
      environment: { B: '2', A: '1=x' },
      working_dir: '/srv',
      user: '33',
      privileged: false,
      cap_add: ['NET_ADMIN'],
      cap_drop: ['MKNOD'],
      stop_signal: 'SIGQUIT',
      stop_grace_period: 1500,
      tmpfs: { '/run': 'size=1m' },
      labels: { mine: 'x', 'io.serfnode.owner': 'forged' },
      read_only: true,
      init: true,
      mem_limit: 1024,
      cpus: 0.5,
    })
    const { name, body, spec } = wantedContainer(child, nodeFacts())
    assert.equal(name, 'app_app_web')
    assert.deepEqual(body, {
      Image: 'nginx:1',
      Cmd: ['run'],
      Entrypoint: ['/init'],
      Env: ['A=1=x', 'B=2'],
      WorkingDir: '/srv',
      User: '33',
      StopSignal: 'SIGQUIT',
      StopTimeout: 2,
      Labels: {
        mine: 'x',
        'io.serfnode.cluster': 'default',
        'io.serfnode.node': 'web-1',
        'io.serfnode.node-container': 'web',
        'io.serfnode.child': 'app',
        'io.serfnode.owner': OWN,
        'io.serfnode.spec': spec,
      },
      HostConfig: {
        NetworkMode: `container:${OWN}`,
        RestartPolicy: { Name: 'no' },
        Privileged: false,
        CapAdd: ['NET_ADMIN'],
        CapDrop: ['MKNOD', 'NET_RAW'],
        ReadonlyRootfs: true,
        Tmpfs: { '/run': 'size=1m' },
        Init: true,
        Memory: 1024,
        NanoCpus: 500_000_000,
        Binds: [],
        Mounts: [],
      },
    })
  })

  const caps: [string, Partial<ChildSettings>, string[]][] = [
    ['by default', {}, ['NET_RAW']],
    ['not when it is asked for', { cap_add: ['NET_RAW'] }, []],
    ['not when it is asked for by its long name', { cap_add: ['cap_net_raw'] }, []],
    ['not when all is asked for', { cap_add: ['ALL'] }, []],
    ['not when privileged', { privileged: true }, []],
    ['once when it is dropped anyway', { cap_drop: ['CAP_NET_RAW'] }, ['CAP_NET_RAW']],
    ['with all when all is dropped', { cap_drop: ['ALL'], cap_add: ['CHOWN'] }, ['ALL']],
  ]
  for (const [name, rest, expected] of caps) {
    test(`drops NET_RAW ${name}`, () => {
      const { body } = wantedContainer(childSettings('app', rest), nodeFacts())
      assert.deepEqual(body.HostConfig?.CapDrop, expected)
    })
  }

  const spec = (rest: Partial<ChildSettings> = {}, facts = nodeFacts()) =>
    wantedContainer(childSettings('app', rest), facts).spec

  test('has the same spec whatever the order of its variables and labels is', () => {
    const one = spec({ environment: { A: '1', B: '2' }, labels: { x: '1', y: '2' } })
    assert.equal(spec({ environment: { B: '2', A: '1' }, labels: { y: '2', x: '1' } }), one)
    assert.notEqual(spec({ environment: { A: '1', B: '3' }, labels: { x: '1', y: '2' } }), one)
  })

  test('has another spec when image, label, mount or limit differ, and not for what only we do', () => {
    const one = spec()
    const others = [{ image: 'y' }, { labels: { a: 'b' } }, { mem_limit: 1 }, { user: '1' }]
    for (const other of others) assert.notEqual(spec(other), one, JSON.stringify(other))
    assert.notEqual(spec({}, nodeFacts([volume('d', '/data')])), one)
    for (const same of [
      { pull: 'always' as const },
      { needs: ['x'] },
      { ports: [] },
      { wants: ['y'] },
    ]) {
      assert.equal(spec(same), one)
    }
  })
})
