import { posix } from 'node:path'
import { flag, oneOf } from './scalars.ts'
import {
  Advice,
  type Fields,
  fieldsSchema,
  parsed,
  readFields,
  type Shape,
  shortOrLong,
} from './shape.ts'
import type { Mount } from './types.ts'
import { report } from './yaml-value.ts'

const EXPECTED = 'a volume such as "data:/var/lib/data", "/host/path:/path:ro" or "/path"'
const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}$/

type LongVolume = {
  type: 'bind' | 'volume'
  source: string
  target: string
  read_only: boolean
}

const longVolume: Fields<LongVolume> = {
  type: { shape: oneOf(['bind', 'volume']), meaning: 'bind or volume.', required: true },
  source: {
    shape: parsed({ expected: "a volume's name or a path", parse: (found) => found }),
    meaning: "A volume's name, or the host's absolute path; absent: an anonymous volume.",
  },
  target: {
    shape: parsed({ expected: 'a path', parse: (found) => found }),
    meaning: 'The absolute path in the child.',
    required: true,
  },
  read_only: { shape: flag, meaning: 'true: the child cannot write there.' },
}

/** One entry of `volumes`, short `source:target[:ro]` or long. */
export const volume: Shape<Mount> = shortOrLong(
  parsed({ expected: EXPECTED, parse: parseVolume }),
  {
    expected: EXPECTED,
    schema: fieldsSchema(longVolume),
    read: (value) => {
      const long = readFields<LongVolume>(value, longVolume)
      if (long?.target === undefined || long.type === undefined) return undefined
      const mount = createMount(long.source, long.target, long.read_only ?? false)
      if (mount instanceof Advice) return report(value, mount.text)
      if (mount.type === long.type) return mount
      return report(value, `found type ${long.type}, but the source is that of a ${mount.type}`)
    },
  },
)

/** What the mount hands to the child beyond data: the engine, and with it the host. */
export const givesEngine = ({ source = '' }: Mount): boolean =>
  ['/', '/var', '/run', '/var/run'].includes(source) || /\/docker\.sock$/.test(source)

function parseVolume(found: string): Mount | Advice | undefined {
  const [first, second, mode, ...more] = found.split(':')
  if (first === undefined || more.length > 0) return undefined
  if (second === undefined) return createMount(undefined, first, false)
  if (mode !== undefined && mode !== 'ro' && mode !== 'rw') {
    return new Advice(`"${mode}" is not supported`, 'ro or rw at the end')
  }
  return createMount(first, second, mode === 'ro')
}

const createMount = (
  source: string | undefined,
  to: string,
  read_only: boolean,
): Mount | Advice => {
  if (!to.startsWith('/')) return new Advice('the path in the child must be absolute')
  const target = clean(to)
  if (target === '/') return new Advice('the path in the child must not be /')
  if (target === '/serfnode') return new Advice('/serfnode is the folder shared with the node')
  if (source === undefined) return { type: 'volume', target, read_only }
  if (source.startsWith('/')) return { type: 'bind', source: clean(source), target, read_only }
  if (/^[.~]/.test(source)) {
    return new Advice(
      'a relative path means nothing in an image; or COPY the files into an image',
      "an absolute path of the host or a volume's name",
    )
  }
  if (VOLUME_NAME.test(source)) return { type: 'volume', source, target, read_only }
  return new Advice(`"${source}" is no volume's name`, "a volume's name or an absolute path")
}

const clean = (path: string): string => {
  const normal = posix.normalize(path)
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal
}
