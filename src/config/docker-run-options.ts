import { Document, Scalar } from 'yaml'
import { childKeys, type WrittenChild } from './child-keys.ts'
import { checkLabelName, checkVariableName, onePair } from './pairs.ts'
import { capability } from './scalars.ts'
import { at, listOf, type Shape } from './shape.ts'
import { volume } from './volumes.ts'
import { report, textOf, type Value, warn } from './yaml-value.ts'

type Written = Partial<WrittenChild>

/** What an option of `docker run` means for a child; lists of several options are put together. */
export type RunOption =
  | { type: 'value' | 'flag'; read: (value: Value) => Written }
  | { type: 'refused'; advice: string }

/** The option by its name with dashes, `-e` or `--env`; undefined: none that a child could have. */
export const runOption = (name: string): RunOption | undefined => byName.get(name)

export const runOptionNames = (): string[] => [...byName.keys()]

type Read = (value: Value) => Written

const readKey =
  <K extends keyof WrittenChild>(name: K, shape: Shape<WrittenChild[K]>): Read =>
  (value) => {
    const is = shape.read(value)
    return is === undefined ? {} : { [name]: is }
  }

const shapeOf = <K extends keyof WrittenChild>(name: K): Shape<WrittenChild[K]> =>
  childKeys[name].shape as Shape<WrittenChild[K]>

const key = <K extends keyof WrittenChild>(name: K, shape = shapeOf(name)): RunOption => ({
  type: 'value',
  read: readKey(name, shape),
})

const flag = (name: 'privileged' | 'read_only' | 'init'): RunOption => ({
  type: 'flag',
  read: readKey(name, shapeOf(name)),
})

const idle = (why?: string): RunOption => ({
  type: 'flag',
  read: (value) => {
    if (why !== undefined && textOf(value) === 'true') warn(value, why)
    return {}
  },
})

const refused = (advice: string): RunOption => ({ type: 'refused', advice })

const several = <T>(shape: Shape<T>): Shape<T[]> => listOf(shape, { orOne: true })

/** Docker takes one word as the entrypoint, and an empty one for none. */
const entrypoint = (value: Value): Written => {
  const word = textOf(value) ?? ''
  return { entrypoint: word === '' ? [] : [word] }
}

/** Docker takes whole seconds. */
const stopTimeout = (value: Value): Written => {
  const text = textOf(value) ?? ''
  const node = new Scalar(/^\d+$/.test(text) ? `${text}s` : text)
  return readKey('stop_grace_period', shapeOf('stop_grace_period'))({ ...value, node })
}

const MOUNT_KEYS: Record<string, string> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'read_only',
  readonly: 'read_only',
}

/** `type=volume,source=data,target=/data,readonly` as the long form of `volumes`. */
const mount = (value: Value): Written => {
  const fields = (textOf(value) ?? '').split(',').map((field): [string, string] => {
    const [name = '', ...rest] = field.split('=')
    return [MOUNT_KEYS[name] ?? name, rest.length === 0 ? 'true' : rest.join('=')]
  })
  const long = { type: 'volume', ...Object.fromEntries(fields) }
  if (long.type === 'tmpfs') return report(value, 'for a folder in memory give --tmpfs') ?? {}
  const node = new Document(long).contents
  const is = at(volume).read({ ...value, node })
  return is === undefined ? {} : { volumes: [is] }
}

const NETWORK = "a child shares its node's network: give it to the docker run of the node"
const ATTACHED = 'nobody is attached to a child: "serfnode logs" shows what it says'
const NO_HEALTH = 'health checks are not supported yet'

const OPTIONS: Record<string, RunOption> = {
  '-e --env': key('environment', several(onePair('NAME=value or NAME', checkVariableName))),
  '--env-file': key('env_file'),
  '-v --volume': key('volumes', several(at(volume))),
  '--mount': { type: 'value', read: mount },
  '--volumes-from': key('volumes_from'),
  '--tmpfs': key('tmpfs'),
  '-p --publish': key('ports'),
  '--expose': key('expose'),
  '--link': key('links'),
  '--entrypoint': { type: 'value', read: entrypoint },
  '-w --workdir': key('working_dir'),
  '-u --user': key('user'),
  '-l --label': key('labels', several(onePair('name=value', checkLabelName))),
  '--privileged': flag('privileged'),
  '--read-only': flag('read_only'),
  '--init': flag('init'),
  '--cap-add': key('cap_add', several(capability)),
  '--cap-drop': key('cap_drop', several(capability)),
  '-m --memory': key('mem_limit'),
  '--cpus': key('cpus'),
  '--stop-signal': key('stop_signal'),
  '--stop-timeout': { type: 'value', read: stopTimeout },
  '--pull': key('pull'),
  '-d --detach': idle(),
  '-i --interactive': idle('left out: a child has no standard input'),
  '-t --tty': idle('left out: a child has no terminal'),
  '--name': refused('give DOCKER_NAME'),
  '--rm': refused('a child goes with its node: give --rm to the docker run of the node'),
  '--restart': refused('children are always started again'),
  '-P --publish-all': refused('give -P to the docker run of the node'),
  '--cidfile': refused('"serfnode ps" shows the container'),
  '--label-file': refused('give --label'),
  '--net --network --net-alias --network-alias --ip --ip6 --link-local-ip': refused(NETWORK),
  '--mac-address --dns --dns-opt --dns-option --dns-search': refused(NETWORK),
  '--add-host -h --hostname --domainname': refused(NETWORK),
  '-a --attach --detach-keys --sig-proxy': refused(ATTACHED),
  '--health-cmd --health-interval --health-retries --health-start-period': refused(NO_HEALTH),
  '--health-timeout --no-healthcheck': refused(NO_HEALTH),
}

const byName = new Map(
  Object.entries(OPTIONS).flatMap(([names, option]) =>
    names.split(' ').map((name) => [name, option] as const),
  ),
)
