import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigError } from '../../src/config/config-error.ts'
import { load, problemsOf } from './load.ts'

const IMAGE = "an image's name such as nginx:1.27"
const PORT = 'a port such as "8080:80", "80" or "127.0.0.1:8080:80/udp"'

/** What is written, and each line of the error. */
const bad: Record<string, [string, ...string[]]> = {
  'an unknown key': [
    'children:\n  web:\n    imge: nginx\n',
    'serfnode.yml:3:5: children.web: unknown key "imge"; did you mean "image"?',
  ],
  'an unknown section': [
    'child: {}',
    'serfnode.yml:1:1: unknown key "child"; did you mean "children"?',
  ],
  "Compose's sections": [
    'services: {}',
    'serfnode.yml:1:1: unknown key "services"; did you mean "children"?',
  ],
  "Compose's keys that have no meaning here": [
    'children:\n  web:\n    image: nginx\n    depends_on: [db]\n',
    'serfnode.yml:4:5: children.web: unknown key "depends_on"; use "links" for children of this node and "needs" for roles of other nodes',
  ],
  'an unknown setting': [
    'serfnode:\n  serv_ip: 10.0.0.1\n',
    'serfnode.yml:2:3: serfnode: unknown key "serv_ip"; did you mean "serf_ip"?',
  ],
  'a wrong type': [
    'children:\n  web:\n    image: nginx\n    privileged: maybe\n',
    'serfnode.yml:4:17: children.web.privileged: found "maybe", expected true or false',
  ],
  'a list for a text': [
    'children:\n  web:\n    image: [nginx]\n',
    `serfnode.yml:3:12: children.web.image: found a list, expected ${IMAGE}`,
  ],
  'a text for a child': [
    'children:\n  web: nginx\n',
    'serfnode.yml:2:8: children.web: found "nginx", expected a map with keys such as image, pull, command',
  ],
  'a text for the file': [
    'nginx',
    'serfnode.yml:1:1: found "nginx", expected a map with serfnode, children and handlers',
  ],
  'a missing image': [
    'children:\n  web:\n    user: root\n',
    `serfnode.yml:3:5: children.web: no "image", expected ${IMAGE}`,
  ],
  'an image without a value': [
    'children:\n  web: {image}\n',
    `serfnode.yml:2:8: children.web: no "image", expected ${IMAGE}`,
  ],
  'an empty child': [
    'children:\n  web:\n',
    'serfnode.yml:2:3: children: child "web" is empty, expected at least "image"',
  ],
  'a child that is there twice in the list': [
    'children:\n  - web: {image: a}\n  - web: {image: b}\n',
    'serfnode.yml:3:5: children[1]: child "web" is here twice (first on line 2)',
  ],
  'a child that is there twice in the map': [
    'children:\n  web: {image: a}\n  web: {image: b}\n',
    'serfnode.yml:3:3: key "web" is here twice (first on line 2); keep one',
  ],
  'a child that is not indented in the list': [
    'children:\n  - web:\n    image: nginx\n',
    'serfnode.yml:3:5: children[0]: found a second key "image", expected one child; indent it, or begin it with "- "',
  ],
  "a child's name that is none": [
    'children:\n  "my web": {image: a}\n',
    "serfnode.yml:2:3: children: found \"my web\", expected a child's name; 63 of letters, digits, '_', '.' and '-' at most, beginning with a letter or digit",
  ],
  tabs: ['children:\n\tweb:\n', 'serfnode.yml:2:1: found a tab as indentation, expected spaces'],
  'an open bracket': [
    'children: {web: {image: a}\n',
    'serfnode.yml:2:1: no valid YAML: Flow map in block collection must be sufficiently indented and end with a }',
  ],
  'two documents': [
    'serfnode: {}\n---\nserfnode: {}\n',
    'serfnode.yml:2:1: found a second document, expected one; remove the "---"',
  ],
  'bytes that are no UTF-8': [
    'serfnode:\n  role: caf\ufffd\n',
    'serfnode.yml:2:12: found bytes that are no UTF-8; save the file as UTF-8',
  ],
  'a control character': [
    'serfnode:\n  role: "\u001b[2J"\n',
    'serfnode.yml:2:10: found a control character, expected text; remove it',
  ],
  'an escaped control character in a name': [
    'serfnode:\n  role: "a\\nb"\n',
    'serfnode.yml:2:9: serfnode.role: found "a\\nb", expected the name of a role: 64 ASCII characters at most, without / and \\, not localhost',
  ],
  'an alias of nothing': ['children: *web\n', 'serfnode.yml:1:11: found *web, but no anchor &web'],
  'an unknown tag': [
    'serfnode: !node {}\n',
    'serfnode.yml:1:11: no valid YAML: Unresolved tag: !node',
  ],
  'a key that is a list': ['[a]: 1\n', 'serfnode.yml:1:1: found a list, expected a plain key'],
  'a link to nobody': [
    'children:\n  web: {image: a, links: [bd]}\n  db: {image: a}\n',
    'serfnode.yml:2:27: children.web.links[0]: no child "bd" here; did you mean "db"?',
  ],
  'volumes of a child that is misspelt': [
    'children:\n  web: {image: a, volumes_from: bd}\n  db: {image: a}\n',
    'serfnode.yml:2:33: children.web.volumes_from: no child "bd" here; did you mean "db"? else write container:bd',
  ],
  'a link to a role': [
    'children:\n  web: {image: a, links: mysql}\n',
    'serfnode.yml:2:26: children.web.links: no child "mysql" here; for a role of another node use "needs"',
  ],
  'an alias that is no host name': [
    'children:\n  web: {image: a, links: ["db:-x"]}\n  db: {image: a}\n',
    'serfnode.yml:2:27: children.web.links[0]: found "db:-x", expected a link such as "db" or "db:database"; "-x" is no host name',
  ],
  'a cycle of links': [
    'children:\n  web: {image: a, links: [app]}\n  app: {image: b, links: [db]}\n  db: {image: c, links: ["web:x"]}\n',
    'serfnode.yml:4:26: children.db.links[0]: cycle web -> app -> db -> web; take one of these links away',
  ],
  'a cycle of links in the list form': [
    'children:\n  - web: {image: a, links: [app]}\n  - app: {image: b, links: [web]}\n',
    'serfnode.yml:3:29: children.app.links[0]: cycle web -> app -> web; take one of these links away',
  ],
  'a child that links to itself': [
    'children:\n  web: {image: a, links: web}\n',
    'serfnode.yml:2:26: children.web.links: cycle web -> web; take one of these links away',
  ],
  'a cycle of volumes_from': [
    'children:\n  a: {image: x, volumes_from: [b]}\n  b: {image: x, volumes_from: [a]}\n',
    'serfnode.yml:3:32: children.b.volumes_from[0]: cycle a -> b -> a; take one of these links away',
  ],
  'a need of the own role': [
    'serfnode: {role: web app}\nchildren:\n  web: {image: a, needs: web app}\n',
    'serfnode.yml:3:26: children.web.needs: found "web app", expected another node\'s role; cycle web app -> web app: this node has that role, the child would wait for itself',
  ],
  'volumes of a child that comes later in the list': [
    'children:\n  - web: {image: a, volumes_from: [data]}\n  - data: {image: a}\n',
    'serfnode.yml:2:36: children.web.volumes_from[0]: "data" comes after "web" in the list, expected it before',
  ],
  'a relative mount': [
    'children:\n  web: {image: a, volumes: ["./html:/html"]}\n',
    'serfnode.yml:2:29: children.web.volumes[0]: found "./html:/html", expected an absolute path of the host or a volume\'s name; a relative path means nothing in an image; or COPY the files into an image',
  ],
  'a mount over the shared folder': [
    'children:\n  web: {image: a, volumes: ["x:/serfnode/"]}\n',
    'serfnode.yml:2:29: children.web.volumes[0]: found "x:/serfnode/", expected a volume such as "data:/var/lib/data", "/host/path:/path:ro" or "/path"; /serfnode is the folder shared with the node',
  ],
  'two mounts at one path': [
    'children:\n  web: {image: a, tmpfs: /run, volumes: ["data:/x", "/y:/x/", "/run"]}\n',
    'serfnode.yml:2:53: children.web.volumes[1]: a second mount at /x, expected one',
    'serfnode.yml:2:63: children.web.volumes[2]: a second mount at /run, expected one',
  ],
  'ranges of two lengths': [
    'children:\n  web: {image: a, ports: ["80-82:80-81"]}\n',
    `serfnode.yml:2:27: children.web.ports[0]: found "80-82:80-81", expected ${PORT}; both ranges must have the same length`,
  ],
  'a port out of range': [
    'children:\n  web: {image: a, ports: [65536]}\n',
    `serfnode.yml:2:27: children.web.ports[0]: found 65536, expected ${PORT}`,
  ],
  "Serf's port": [
    'serfnode: {serf_port: 80}\nchildren:\n  web: {image: a, ports: [80]}\n',
    'serfnode.yml:3:27: children.web.ports[0]: found 80, but Serf listens there in the network of the children',
  ],
  "one of the host's ports for two children": [
    'children:\n  web: {image: a, ports: ["80:80"]}\n  app: {image: a, ports: ["80:81"]}\n',
    'serfnode.yml:3:27: children.app.ports[0]: the host\'s port 80/tcp is already that of 80/tcp of "web"',
  ],
  'a duration without a unit': [
    'children:\n  web: {image: a, stop_grace_period: 10}\n',
    'serfnode.yml:2:38: children.web.stop_grace_period: found 10, expected a duration such as 10s or 1m30s; add the unit: 10s',
  ],
  'an open quote in a command': [
    "children:\n  web:\n    image: a\n    command: echo 'x\n",
    'serfnode.yml:4:14: children.web.command: found "echo \'x", expected a command, or a list of its words; close the quote \'',
  ],
  'shell in a command': [
    'children:\n  web:\n    image: a\n    command: a && b\n',
    'serfnode.yml:4:14: children.web.command: found "a && b", expected a command, or a list of its words; no shell runs it; use ["sh", "-c", "..."] for &&',
  ],
  'our labels': [
    'children:\n  web: {image: a, labels: {io.serfnode.node: x}}\n',
    'serfnode.yml:2:28: children.web.labels.io.serfnode.node: the name "io.serfnode.node" is reserved: io.serfnode. labels are ours',
  ],
  'an env_file that is not there': [
    'children:\n  web: {image: a, env_file: x.env}\n',
    'serfnode.yml:2:29: children.web.env_file: cannot read x.env: no such file',
  ],
  'a token in the file': [
    'serfnode:\n  token: SN1-abcdefgh-SECRET\n',
    'serfnode.yml:2:3: serfnode: unknown key "token"; images are made of this file, and whoever has one would have the secret: give SERFNODE_TOKEN_FILE or SERFNODE_TOKEN to the node',
  ],
  'a token as peer in the file': [
    'serfnode:\n  peer: SN1-abcdefgh-SECRET\n',
    'serfnode.yml:2:9: serfnode.peer: found 19 masked characters, expected host or host:port, several separated by commas or spaces; images are made of this file: give the token as SERFNODE_TOKEN_FILE or PEER',
  ],
  'several mistakes at once, in the order of the file': [
    'serfnode:\n  serf_ip: localhost\n  log_level: warning\n  reach: hosts\n',
    'serfnode.yml:2:12: serfnode.serf_ip: found "localhost", expected an IP address that other nodes reach; names are not resolved here',
    'serfnode.yml:3:14: serfnode.log_level: found "warning", expected debug, info, warn or error; did you mean "warn"?',
    'serfnode.yml:4:10: serfnode.reach: found "hosts", expected engine; several hosts are not supported yet',
  ],
}

describe('a wrong serfnode.yml', () => {
  for (const [what, [text, ...lines]] of Object.entries(bad)) {
    test(`${what} is refused at its place`, async () => {
      assert.deepEqual(await problemsOf(text), lines)
    })
  }

  test('ten mistakes are shown and the others counted', async () => {
    const text = Array.from({ length: 25 }, (_, index) => `k${index}: 1`).join('\n')
    const lines = await problemsOf(text)
    assert.equal(lines.length, 11)
    assert.equal(lines[0], 'serfnode.yml:1:1: unknown key "k0"')
    assert.equal(lines[10], 'and 15 others')
  })

  test('mistakes come in the order of the file, those of the environment first', async () => {
    const text =
      'children:\n  web: {image: a, links: db}\n  app: {image: a, x: 1}\nserfnode: {y: 1}\n'
    const lines = await problemsOf(text, { env: { SERF_PORT: 'x' } })
    const places = lines.map((line) => line.split(': ')[0])
    assert.deepEqual(places, [
      'environment',
      'serfnode.yml:2:26',
      'serfnode.yml:3:19',
      'serfnode.yml:4:12',
    ])
  })

  test('the error holds code, file, line and column as data', async () => {
    const error = await load('\nx: 1\n').catch((caught: unknown) => caught)
    assert.ok(error instanceof ConfigError)
    assert.equal(error.code, 'config')
    assert.equal(error.retryable, false)
    const message = 'unknown key "x"'
    assert.deepEqual(error.problems, [{ file: '/app/serfnode.yml', line: 2, column: 1, message }])
  })

  test('the place of a value behind an anchor is where it is written', async () => {
    const text = 'x-port: &port 99999\nchildren:\n  web: {image: a, ports: [*port]}\n'
    const [line] = await problemsOf(text)
    assert.match(line!, /^serfnode.yml:1:15: children.web.ports\[0\]: found 99999/)
  })

  test('lines count alike with \\r\\n and a byte order mark', async () => {
    const lines = await problemsOf('\ufeffserfnode: {}\r\nchildren:\r\n  web:\r\n    imge: a\r\n')
    assert.match(lines[0]!, /^serfnode.yml:4:5: children.web: unknown key "imge"/)
    assert.deepEqual(await problemsOf('\ufeffx: 1'), ['serfnode.yml:1:1: unknown key "x"'])
  })
})
