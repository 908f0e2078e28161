import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ChildSettings } from '../../src/config/types.ts'
import { load, problemsOf } from './load.ts'

const childOf = async (DOCKER_RUN: string, text = ''): Promise<ChildSettings> => {
  const { settings } = await load(text, { env: { DOCKER_RUN, FROM_NODE: 'yes' }, files: FILES })
  return settings.children.at(-1)!
}
const FILES = { '/run/env': 'A=of the file\nB=2\n' }

describe('DOCKER_RUN', () => {
  test('is a child as docker run would have it, in every form of an option', async () => {
    const child = await childOf(
      [
        '-d --user=1000:1000 -w /srv --entrypoint /bin/sh --privileged --read-only=true --init',
        '--env-file /run/env -e A=b --env C="d e" -eE=f=g -e FROM_NODE',
        '-v data:/data --volume=/etc/x:/x:ro --mount type=bind,src=/y,dst=/y,readonly',
        '--mount source=zz,target=/z --tmpfs /run:size=1m',
        '-p8080:80 -p 127.0.0.1:53:53/udp --publish=443 --expose 5672 -l a=b --label c',
        '--cap-add net_admin --cap-add=SYS_PTRACE --cap-drop ALL -m 64m --cpus=.5',
        '--stop-signal INT --stop-timeout 3 --pull always',
        `nginx:1.27 -c 'echo "hi  there"' --name -d`,
      ].join(' '),
    )
    assert.deepEqual(child, {
      name: 'app_docker_run',
      image: 'nginx:1.27',
      pull: 'always',
      command: ['-c', 'echo "hi  there"', '--name', '-d'],
      entrypoint: ['/bin/sh'],
      environment: { A: 'b', B: '2', C: 'd e', E: 'f=g', FROM_NODE: 'yes' },
      volumes: [
        { type: 'volume', source: 'data', target: '/data', read_only: false },
        { type: 'bind', source: '/etc/x', target: '/x', read_only: true },
        { type: 'bind', source: '/y', target: '/y', read_only: true },
        { type: 'volume', source: 'zz', target: '/z', read_only: false },
      ],
      volumes_from: [],
      ports: [
        { container: 80, protocol: 'tcp', host: 8080 },
        { container: 53, protocol: 'udp', host: 53, address: '127.0.0.1' },
        { container: 443, protocol: 'tcp' },
      ],
      expose: [{ container: 5672, protocol: 'tcp' }],
      links: [],
      needs: [],
      wants: [],
      working_dir: '/srv',
      user: '1000:1000',
      privileged: true,
      read_only: true,
      init: true,
      cap_add: ['NET_ADMIN', 'SYS_PTRACE'],
      cap_drop: ['ALL'],
      tmpfs: { '/run': 'size=1m' },
      labels: { a: 'b', c: '' },
      mem_limit: 64 * 1024 * 1024,
      cpus: 0.5,
      stop_signal: 'SIGINT',
      stop_grace_period: 3000,
    })
  })

  test('takes letters together, the last of what there is once, and -- before the image', async () => {
    const child = await childOf('-idp80:80 --entrypoint a --entrypoint "" --init=false -- busybox')
    assert.equal(child.ports[0]?.host, 80)
    assert.deepEqual(child.entrypoint, [])
    assert.equal(child.init, false)
    assert.equal(child.image, 'busybox')
    assert.equal(child.command, undefined)
  })

  test('is the last child of the file, with what the node adds to every child', async () => {
    const text = 'serfnode: {environment: {A: node}}\nchildren: [{db: {image: a}}]'
    const env = {
      DOCKER_RUN: '--link db:store --volumes-from db -e A=b c',
      DOCKER_NAME: 'app',
      APP_PORTS: '[80]',
      APP_VOLUMES: '["all:/all"]',
    }
    const { settings, warnings } = await load(text, { env })
    const [db, app] = settings.children
    assert.deepEqual([db?.name, app?.name], ['db', 'app'])
    assert.deepEqual(app?.links, [{ child: 'db', alias: 'store' }])
    assert.deepEqual(app?.volumes_from, ['db'])
    assert.deepEqual(app?.environment, { A: 'node' })
    assert.deepEqual(app?.ports, [{ container: 80, protocol: 'tcp' }])
    assert.deepEqual(app?.volumes[0]?.target, '/all')
    assert.deepEqual(warnings, [])
  })

  test('says what it leaves out, and what has no effect', async () => {
    const { warnings } = await load('', { env: { DOCKER_RUN: '-it --detach busybox' } })
    assert.deepEqual(warnings, [
      'environment: DOCKER_RUN, character 1: -i: left out: a child has no standard input',
      'environment: DOCKER_RUN, character 1: -t: left out: a child has no terminal',
    ])
    const alone = await load('', { env: { DOCKER_NAME: 'app' } })
    assert.deepEqual(alone.warnings, ['environment: DOCKER_NAME has no effect without DOCKER_RUN'])
  })
})

const NETWORK = "a child shares its node's network: give it to the docker run of the node"
const EXPECTED = 'options of docker run, an image, its command'

const bad: Record<string, string> = {
  '-e A=b --net host x': `, character 8: option --net is not for a child; ${NETWORK}`,
  '--network=bridge x': `, character 1: option --network is not for a child; ${NETWORK}`,
  '-h me x': `, character 1: option -h is not for a child; ${NETWORK}`,
  '--name=x y': ', character 1: option --name is not for a child; give DOCKER_NAME',
  '--rm x':
    ', character 1: option --rm is not for a child; a child goes with its node: give --rm to the docker run of the node',
  '--restart always x':
    ', character 1: option --restart is not for a child; children are always started again',
  '-dP x': ', character 1: option -P is not for a child; give -P to the docker run of the node',
  '--ulimit nofile=1 x': ', character 1: option "--ulimit" is none that a child can have',
  '--privilged x':
    ', character 1: option "--privilged" is none that a child can have; did you mean "--privileged"?',
  '--link other:db x':
    ', character 1: --link: no child "other" here; for a role of another node use "needs"',
  '-d -p a:80 x':
    ', character 4: -p: found "a:80", expected a port such as "8080:80", "80" or "127.0.0.1:8080:80/udp"',
  '-v x:y:z b':
    ', character 1: -v: found "x:y:z", expected ro or rw at the end; "z" is not supported',
  '--init=maybe x': ', character 1: --init: found "maybe", expected true or false',
  '--mount type=tmpfs,dst=/x y': ', character 1: --mount: for a folder in memory give --tmpfs',
  '--mount type=bind,src=/x,dst=/y,size=1 y': ', character 1: --mount: unknown key "size"',
  '-d -e': ', character 4: -e: a value must follow',
  '-d': `: no image, expected ${EXPECTED}`,
  'docker run busybox': `: leave out "docker run", expected ${EXPECTED}`,
  '-e A="b c': ', character 6: close the quote "',
  'busybox a && b': ', character 11: no shell runs it; use ["sh", "-c", "..."] for &&',
  'Busybox x':
    ', character 1: image: found "Busybox", expected an image\'s name such as nginx:1.27; names of images are lower case',
  '-e PASSWORD=correct Horse x':
    ", character 21: image: found 5 masked characters, expected an image's name; quote a value that has spaces",
  '-p 7946 x':
    ', character 1: -p: found 7946, but Serf listens there in the network of the children',
}

describe('a wrong DOCKER_RUN', () => {
  test('of any length is refused, and soon', async () => {
    const lines = await problemsOf('', { env: { DOCKER_RUN: `-${'i'.repeat(100_000)}x` } })
    assert.match(lines.join(), /option "-x" is none that a child can have/)
  })

  for (const [DOCKER_RUN, line] of Object.entries(bad)) {
    test(`${DOCKER_RUN} is refused with its place`, async () => {
      assert.deepEqual(await problemsOf('', { env: { DOCKER_RUN } }), [
        `environment: DOCKER_RUN${line}`,
      ])
    })
  }

  test('and a child of its name in the file is refused', async () => {
    const env = { DOCKER_RUN: 'busybox', DOCKER_NAME: 'app' }
    assert.deepEqual(await problemsOf('children: {app: {image: a}}', { env }), [
      'environment: DOCKER_RUN: child "app" is in serfnode.yml too; give another DOCKER_NAME',
    ])
  })

  test('shows no value of a variable', async () => {
    for (const DOCKER_RUN of [
      '-e A=x B=hidden c',
      "-e 'A=hidden",
      '-eA=hidden --nonsense=hidden b',
      '-xhidden b',
      '-e =hidden b',
      '-l io.serfnode.a=hidden b',
    ]) {
      const lines = await problemsOf('', { env: { DOCKER_RUN } })
      assert.match(lines.join(), /^environment: DOCKER_RUN/)
      assert.doesNotMatch(lines.join(), /hidden/)
    }
  })

  test('does not hand the token of the cluster to the child', async () => {
    const env = { DOCKER_RUN: '-e TOKEN b', TOKEN: 'SN1-0a1b2c3d-Zm9vYmFyYmF6cXV4' }
    assert.deepEqual(await problemsOf('', { env }), [
      "environment: DOCKER_RUN, character 1: -e: TOKEN holds the cluster's token, which no child may have",
    ])
  })
})
