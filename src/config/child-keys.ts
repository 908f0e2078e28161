import { commandWords } from './command-words.ts'
import { checkLabelName, checkVariableName, type Pair, pairs } from './pairs.ts'
import { exposed, ports } from './ports.ts'
import {
  absolutePath,
  bytes,
  capability,
  cpuShare,
  duration,
  flag,
  imageName,
  isHostName,
  matching,
  oneOf,
  signal,
} from './scalars.ts'
import { Advice, type At, at, type Fields, listOf, parsed } from './shape.ts'
import type { ChildSettings, Link, Mount, Port } from './types.ts'
import { volume } from './volumes.ts'

/** A child as it is written; relations and files are looked at once all children are known. */
export type WrittenChild = {
  image: string
  pull: ChildSettings['pull']
  command: string[]
  entrypoint: string[]
  environment: Pair[]
  env_file: At<string>[]
  volumes: At<Mount>[]
  volumes_from: At<string>[]
  ports: At<Port[]>[]
  expose: At<Port[]>[]
  links: At<Link>[]
  needs: At<string>[]
  wants: string[]
  working_dir: string
  user: string
  privileged: boolean
  read_only: boolean
  init: boolean
  cap_add: string[]
  cap_drop: string[]
  tmpfs: [string, string][]
  labels: Pair[]
  stop_signal: string
  stop_grace_period: number
  mem_limit: number
  cpus: number
}

export const CHILD_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/

/** Where to take mounts from: a child beside it, or `container:NAME`, another container here. */
export const volumesFrom = matching(
  'the name of a child beside it, or container:NAME',
  /^(?:container:)?[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/,
)

const ROLE = /^(?!\.{1,2}$)[!-.0-[\]-~](?:[ -.0-[\]-~]{0,62}[!-.0-[\]-~])?$/
// Names of the machine itself, and what is no key of an object in JavaScript.
const NO_ROLE = /^(?:localhost\d?|.*\.localhost|localhost\..*|broadcasthost|ip6-.*|__proto__)$/i

/** A role as members carry it in their tags; other nodes refuse any that this does not take. */
export const roleName = parsed({
  expected: 'the name of a role: 64 ASCII characters at most, without / and \\, not localhost',
  parse: (found) =>
    ROLE.test(found.trim()) && !NO_ROLE.test(found.trim()) ? found.trim() : undefined,
})

export const environmentPairs = pairs(
  'variables as a map, or as a list of NAME=value',
  checkVariableName,
)

const link = parsed<Link>({
  expected: 'a link such as "db" or "db:database"',
  parse: (found) => {
    const [child = '', alias = child, ...more] = found.split(':')
    if (!CHILD_NAME.test(child) || more.length > 0) return undefined
    return isHostName(alias) ? { child, alias } : new Advice(`"${alias}" is no host name`)
  },
})

const tmpfs = parsed<[string, string]>({
  expected: 'a path such as /run or /run:size=64m',
  parse: (found) => {
    const [, path, options = ''] = /^(\/[^:]*)(?::([\w=,.%-]+))?$/.exec(found) ?? []
    return path === undefined ? undefined : [path, options]
  },
})

/** A file of the project, or one that the image has. */
export const filePath = parsed({
  expected: 'a path beside serfnode.yml, or an absolute path',
  parse: (found) => {
    if (found.trim() === '') return undefined
    return found.split('/').includes('..') ? new Advice('.. leaves the project') : found
  },
})

/** The keys of a child, once: from here come reading, the JSON Schema and docs/settings.md. */
export const childKeys: Fields<WrittenChild> = {
  image: { shape: imageName, meaning: 'The image to run, or an image id.', required: true },
  pull: {
    shape: oneOf(['always', 'missing', 'never']),
    meaning: 'When to pull the image: `always`, `missing` (default: the engine lacks it), `never`.',
  },
  command: {
    shape: commandWords,
    meaning: "Replaces the image's command. A text is split at spaces, quotes hold; no shell runs.",
  },
  entrypoint: {
    shape: commandWords,
    meaning: "Replaces the image's entrypoint; `[]` removes it. Written as `command` is.",
  },
  environment: {
    shape: environmentPairs,
    meaning:
      "Variables, as a map or a list of `NAME=value`. `NAME` alone takes the node's own value. `serfnode.environment` wins over it, it wins over `env_file`.",
  },
  env_file: {
    shape: listOf(at(filePath), { orOne: true }),
    meaning: 'Files of `NAME=value` lines, later ones win; paths are relative to serfnode.yml.',
  },
  volumes: {
    shape: listOf(at(volume)),
    meaning:
      "Mounts: `name:/path`, `/host/path:/path`, `/path` (anonymous), with `:ro` if wanted; or maps of type, source, target, read_only. The engine's socket, or a folder of it, is mounted only if it is written here, with a warning.",
  },
  volumes_from: {
    shape: listOf(at(volumesFrom), { orOne: true }),
    meaning:
      "Children whose mounts this one gets too, or `container:NAME`: another container of this engine. A name that no child has is such a container's, as in 2015, with a warning.",
  },
  ports: {
    shape: listOf(at(ports), { orOne: true }),
    meaning:
      'Ports to publish: `"8080:80"`, `"80"`, `"127.0.0.1:8080:80/udp"`, ranges of 100 at most; or maps of target, published, protocol, host_ip.',
  },
  expose: {
    shape: listOf(at(exposed), { orOne: true }),
    meaning: 'Ports that this child serves but that are not published: `"80"`, `"53/udp"`.',
  },
  links: {
    shape: listOf(at(link), { orOne: true }),
    meaning:
      '`sibling` or `sibling:alias`: a name for the own node, where that child listens; wins over a role of that name.',
  },
  needs: {
    shape: listOf(at(roleName), { orOne: true }),
    meaning: 'Roles that must have a live member before this child starts.',
  },
  wants: {
    shape: listOf(roleName, { orOne: true }),
    meaning: 'Roles that this child uses when they are there; only declared.',
  },
  working_dir: { shape: absolutePath, meaning: 'The folder in which the command runs.' },
  user: {
    shape: matching('a user such as 1000, www-data or 1000:1000', /^[\w.-]{1,64}(:[\w.-]{1,64})?$/),
    meaning: 'The user, and group, that the command runs as.',
  },
  privileged: {
    shape: flag,
    meaning: 'true: the child may do to the host whatever root may.',
  },
  read_only: { shape: flag, meaning: "true: the image's files cannot be changed." },
  init: { shape: flag, meaning: "true: Docker's small init runs as PID 1 of the child." },
  cap_add: { shape: listOf(capability), meaning: 'Capabilities to add, such as `NET_ADMIN`.' },
  cap_drop: { shape: listOf(capability), meaning: 'Capabilities to take away, or `ALL`.' },
  tmpfs: {
    shape: listOf(tmpfs, { orOne: true }),
    meaning: 'Folders in memory: `/run` or `/run:size=64m`.',
  },
  labels: {
    shape: pairs('labels as a map, or as a list of name=value', checkLabelName),
    meaning: 'Labels of the container; `io.serfnode.` is reserved.',
  },
  stop_signal: { shape: signal, meaning: "The signal that ends the child; default: the image's." },
  stop_grace_period: {
    shape: duration,
    meaning: 'Time between that signal and SIGKILL, such as `10s` or `1m30s`.',
  },
  mem_limit: { shape: bytes, meaning: 'Memory at most, such as `256m`; 6m at least.' },
  cpus: { shape: cpuShare, meaning: 'CPUs at most, such as `0.5`.' },
}

/** What to do instead of keys that people know from Compose. */
export const childAdvice: Readonly<Record<string, string>> = {
  build: 'build the image first and name it with "image"',
  container_name: 'the name is made of the names of child and node',
  depends_on: 'use "links" for children of this node and "needs" for roles of other nodes',
  extends: 'use YAML anchors and "<<"',
  healthcheck: 'it is not supported yet',
  hostname: "children share their node's network",
  net: "children share their node's network",
  network_mode: "children share their node's network",
  networks: "children share their node's network",
  pull_policy: 'use "pull"',
  restart: 'children are always started again',
}
