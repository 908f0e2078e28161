import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../../src/config/config-error.ts'
import { loadSettings } from '../../src/config/load-settings.ts'

const RUNS = 600

/** The same numbers in each run: a failure can be repeated by its seed. */
const seeded = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

const BASE = `
x-a: &a {image: nginx, environment: {A: 1}}
serfnode: {role: web, serf_port: 7946, ports: ["80:80"], volumes: ["aa:/b"], peer: "a:1,b"}
children:
  web:
    <<: *a
    command: sh -c "echo 'x'"
    links: [db, "db:x"]
    volumes: ["xx:/y:ro", {type: bind, source: /a, target: /c}]
    ports: [80, "1:2/udp", {target: 3}]
    env_file: [a.env]
    stop_grace_period: 1m30s
    labels: {a: b}
  db: {image: "mariadb:11", tmpfs: /run, mem_limit: 64m, cpus: 1}
`

const PIECES = [
  '"',
  "'",
  '\\',
  ':',
  '- ',
  '[',
  ']',
  '{',
  '}',
  '&a ',
  '*a',
  '<<: *a',
  '!x ',
  '|\n',
  '\n',
  ' ',
  '  ',
  '\t',
  '#',
  '%',
  '---\n',
  '...\n',
  '? ',
  'null',
  '~',
  '0x1f',
  '.nan',
  '1e999',
  '-1',
  'true',
  '__proto__',
  'constructor',
  'toString: ',
  'SN1-SECRETSECRET',
  '\u0000',
  '\u001b',
  '\u2028',
  '\ud800',
  '\ufffd',
  '🦀',
  'x'.repeat(300),
]

const mutate = (text: string, random: () => number): string => {
  const at = Math.floor(random() * (text.length + 1))
  const until = at + Math.floor(random() * 12)
  const piece = PIECES[Math.floor(random() * PIECES.length)]!
  const kind = random()
  if (kind < 0.4) return text.slice(0, at) + piece + text.slice(at)
  if (kind < 0.6) return text.slice(0, at) + text.slice(until)
  if (kind < 0.8) return text.slice(0, at) + piece + text.slice(until)
  const from = Math.floor(random() * text.length)
  return text.slice(0, at) + text.slice(from, from + 30) + text.slice(at)
}

const VARIABLES = [
  'ROLE',
  'PEER',
  'SERF_IP',
  'SERF_PORT',
  'APP_PORTS',
  'APP_VOLUMES',
  'SERFNODE_TOKEN',
  'SERFNODE_TOKEN_FILE',
  'DOCKER_SOCKET',
  'SERFNODE_INSECURE',
  'DOCKER_RUN',
]

const DOCKER_RUN = `-dit -e A=b -p8080:80 --mount type=bind,src=/a,dst=/b --link db -- nginx "x"`

test(`${RUNS} damaged inputs end in settings or in a short, printable ConfigError`, async () => {
  let refused = 0
  for (let seed = 1; seed <= RUNS; seed++) {
    const random = seeded(seed)
    let text = BASE
    for (let count = Math.ceil(random() * 6); count > 0; count--) text = mutate(text, random)
    const env: Record<string, string> = {}
    if (random() < 0.3) {
      const name = VARIABLES[Math.floor(random() * VARIABLES.length)]!
      const good = name === 'DOCKER_RUN' ? DOCKER_RUN : '["80:80"]'
      env[name] = mutate(mutate(good, random), random)
    }
    const readFile = async () => mutate('A=1\nB="x"\nC', random)
    try {
      await loadSettings({ env, file: { path: '/serfnode.yml', text }, readFile })
    } catch (error) {
      const told = `seed ${seed}: ${error instanceof Error ? error.stack : error}`
      assert.ok(error instanceof ConfigError, told)
      assert.ok(error.problems.length >= 1 && error.problems.length <= 10, told)
      assert.doesNotMatch(error.message.replaceAll('\n', ''), /[\p{Cc}\p{Cs}\u2028]|SN1-S/u, told)
      assert.ok(error.message.length < 8000, told)
      refused++
    }
  }
  assert.ok(refused > RUNS / 4 && refused < RUNS, `${refused} refused`)
})
