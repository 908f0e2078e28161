import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { load } from './load.ts'

const names = (children: readonly { name: string }[]) => children.map(({ name }) => name)

const FULL = `
x-common: &common
  pull: always
  environment: &env {A: from x, B: "2"}
children:
  web:
    <<: *common
    x-note: passed over
    image: registry.example:5000/team/web:1.2
    command: serve --title "two words"
    entrypoint: [/entry, 1]
    environment:
      <<: *env
      A: own
      EMPTY: ''
      VERSION: 1.10
      FROM_NODE:
      MISSING:
    env_file: [one.env, /etc/two.env]
    volumes:
      - data:/data:ro
      - /srv//files/:/files
      - /anonymous
      - {type: bind, source: /var/run/docker.sock, target: /docker.sock, read_only: true}
    volumes_from: db
    working_dir: /srv
    user: 1000:1000
    privileged: yes
    cap_add: [cap_net_admin]
    cap_drop: [ALL]
    links: [db, 'db:database']
    needs: mysql main
    wants: [cache, queue]
    ports:
      - 80
      - "127.0.0.1:8443:443"
      - "[::1]::54/udp"
      - "9000-9001:9100-9101"
      - {target: 25, published: "2525", protocol: tcp, host_ip: 10.0.0.1}
    expose: ["7000-7001/udp"]
    stop_signal: quit
    stop_grace_period: 1m1.5s
    tmpfs: /run:size=64m
    labels: [team=blue, flag]
    read_only: true
    init: on
    mem_limit: 1.5g
    cpus: "0.5"
  db:
    image: mariadb
`

describe('children', () => {
  test('every key is read into its field', async () => {
    const env = { FROM_NODE: 'taken' }
    const files = {
      '/app/one.env': '# one\nexport ONE=1\nTWO=one # comment\nA=file\nB=file\n',
      '/etc/two.env': 'TWO=\'two\' \nTHREE="a\\nb"\nFROM_NODE\n',
    }
    const { settings, warnings } = await load(FULL, { env, files })
    assert.deepEqual(names(settings.children), ['db', 'web'])
    assert.deepEqual(settings.children[1], {
      name: 'web',
      image: 'registry.example:5000/team/web:1.2',
      pull: 'always',
      command: ['serve', '--title', 'two words'],
      entrypoint: ['/entry', '1'],
      environment: {
        ONE: '1',
        TWO: 'two',
        THREE: 'a\nb',
        A: 'own',
        B: '2',
        EMPTY: '',
        VERSION: '1.10',
        FROM_NODE: 'taken',
      },
      volumes: [
        { type: 'volume', source: 'data', target: '/data', read_only: true },
        { type: 'bind', source: '/srv/files', target: '/files', read_only: false },
        { type: 'volume', target: '/anonymous', read_only: false },
        { type: 'bind', source: '/var/run/docker.sock', target: '/docker.sock', read_only: true },
      ],
      volumes_from: ['db'],
      working_dir: '/srv',
      user: '1000:1000',
      privileged: true,
      cap_add: ['NET_ADMIN'],
      cap_drop: ['ALL'],
      links: [
        { child: 'db', alias: 'db' },
        { child: 'db', alias: 'database' },
      ],
      needs: ['mysql main'],
      wants: ['cache', 'queue'],
      ports: [
        { container: 80, protocol: 'tcp' },
        { container: 443, protocol: 'tcp', host: 8443, address: '127.0.0.1' },
        { container: 54, protocol: 'udp', address: '::1' },
        { container: 9100, protocol: 'tcp', host: 9000 },
        { container: 9101, protocol: 'tcp', host: 9001 },
        { container: 25, protocol: 'tcp', host: 2525, address: '10.0.0.1' },
      ],
      expose: [
        { container: 7000, protocol: 'udp' },
        { container: 7001, protocol: 'udp' },
      ],
      stop_signal: 'SIGQUIT',
      stop_grace_period: 61_500,
      tmpfs: { '/run': 'size=64m' },
      labels: { team: 'blue', flag: '' },
      read_only: true,
      init: true,
      mem_limit: 1.5 * 1024 ** 3,
      cpus: 0.5,
    })
    assert.deepEqual(warnings, [
      '/app/serfnode.yml:18:7: children.web.environment.MISSING: MISSING is not set in the node; left out',
      '/app/serfnode.yml:24:9: children.web.volumes[3]: /var/run/docker.sock gives this child the Docker engine, and so root on the host',
    ])
  })

  test('both spellings of 2015 and of Compose give equal children', async () => {
    const list = `
children:
  - db:
      image: mariadb
      environment: ["A=1", "B=x=y"]
      labels: ["a=1"]
      env_file: db.env
      command: [mysqld, --port, 3306]
  - web:
      image: nginx
      links: db
      ports: ["8080:80"]
      needs: cache
      volumes: ["data:/data"]`
    const map = `
children:
  web:
    image: nginx
    links: ["db:db"]
    ports: [{target: 80, published: 8080}]
    needs: [cache]
    volumes: [{type: volume, source: data, target: /data}]
  db:
    image: mariadb
    environment: {A: 1, B: x=y}
    labels: {a: 1}
    env_file: [db.env]
    command: mysqld --port 3306`
    const files = { '/app/db.env': 'C=3' }
    const fromList = await load(list, { files })
    const fromMap = await load(map, { files })
    assert.deepEqual(fromMap.settings.children, fromList.settings.children)
    assert.deepEqual(names(fromList.settings.children), ['db', 'web'])
  })

  test('the least child has the defaults', async () => {
    const { settings } = await load('children: [{web: {image: nginx}}]')
    assert.deepEqual(settings.children, [
      {
        name: 'web',
        image: 'nginx',
        pull: 'missing',
        environment: {},
        volumes: [],
        volumes_from: [],
        privileged: false,
        cap_add: [],
        cap_drop: [],
        links: [],
        needs: [],
        wants: [],
        ports: [],
        expose: [],
        tmpfs: {},
        labels: {},
        read_only: false,
        init: false,
      },
    ])
  })

  test('serfnode.environment wins over the child, the child over its files', async () => {
    const text = `
serfnode: {environment: {A: node}}
children: {web: {image: a, env_file: e, environment: [A=child, B=child]}}`
    const files = { '/app/e': 'A=file\nB=file\nC=file' }
    const { settings } = await load(text, { files })
    assert.deepEqual(settings.children[0]?.environment, { A: 'node', B: 'child', C: 'file' })
  })

  test('a name such as __proto__ is a name like any other', async () => {
    const text = 'children: {web: {image: a, environment: {__proto__: x, constructor: y}}}'
    const { settings } = await load(text)
    const entries = Object.entries(settings.children[0]!.environment)
    assert.deepEqual(entries, [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  test('texts stay as they are written, even where the file asks for YAML 1.1', async () => {
    const text =
      '%YAML 1.1\n---\nchildren: {web: {image: a, ports: [22:22], environment: {A: yes, B: 010, C: 1_0}}}'
    const { settings } = await load(text)
    assert.deepEqual(settings.children[0]?.environment, { A: 'yes', B: '010', C: '1_0' })
    assert.deepEqual(settings.children[0]?.ports, [{ container: 22, protocol: 'tcp', host: 22 }])
  })

  test("a child does not get the cluster's token by a name alone", async () => {
    const env = { PEER: 'SN1-abcdefgh-SECRET', SERFNODE_TOKEN: 'SN1-abcdefgh-SECRET' }
    const text = 'children: {web: {image: a, environment: [PEER, SERFNODE_TOKEN]}}'
    await assert.rejects(load(text, { env }), (error: Error) => {
      assert.match(error.message, /PEER holds the cluster's token, which no child may have/)
      assert.match(error.message, /SERFNODE_TOKEN holds the cluster's token/)
      assert.doesNotMatch(error.message, /SECRET/)
      return true
    })
  })

  test('a wrong env_file is refused with its line and without the value', async () => {
    const files = { '/app/e': 'A=1\n=hunter2\nB="hunter2\n' }
    const text = 'children: {web: {image: a, env_file: e}}'
    await assert.rejects(load(text, { files }), (error: Error) => {
      assert.equal(
        error.message,
        '/app/e:2: found a line without a name, expected NAME=value\n' +
          '/app/e:3: found an open quote or text after it in B, expected NAME=value',
      )
      return true
    })
  })
})

describe('the order of start', () => {
  test('in a map those start first that others name, else the order is that of the file', async () => {
    const text = `
children:
  a: {image: x}
  web: {image: x, links: [app, cache]}
  cache: {image: x}
  app: {image: x, links: [db], volumes_from: [data]}
  db: {image: x}
  data: {image: x}`
    const { settings } = await load(text)
    assert.deepEqual(names(settings.children), ['a', 'db', 'data', 'app', 'cache', 'web'])
  })

  test('a list is the order, and a link to a later child is a warning', async () => {
    const text = 'children:\n - web: {image: x, links: [db]}\n - db: {image: x}\n'
    const { settings, warnings } = await load(text)
    assert.deepEqual(names(settings.children), ['web', 'db'])
    assert.deepEqual(warnings, [
      '/app/serfnode.yml:2:28: children.web.links[0]: "db" is started after "web", as the list says',
    ])
  })

  test('a chain of 500 children is ordered', async () => {
    const lines = Array.from({ length: 500 }, (_, index) =>
      index < 499 ? `  c${index}: {image: x, links: c${index + 1}}` : `  c${index}: {image: x}`,
    )
    const { settings } = await load(['children:', ...lines].join('\n'))
    assert.equal(settings.children[0]?.name, 'c499')
    assert.equal(settings.children[499]?.name, 'c0')
  })

  test('volumes may come from any container, a bare name being one with a warning, as in 2015', async () => {
    const text = 'children: [{web: {image: a, volumes_from: [records, "container:x.1"]}}]'
    const { settings, warnings } = await load(text)
    assert.deepEqual(settings.children[0]?.volumes_from, ['container:records', 'container:x.1'])
    assert.deepEqual(warnings, [
      '/app/serfnode.yml:1:44: children.web.volumes_from[0]: no child "records" here: taken for a container, better container:records',
    ])
  })
})
