import { childEnvironment, type Surroundings } from './child-environment.ts'
import type { WrittenChild } from './child-keys.ts'
import type { NamedChild } from './children.ts'
import type { NodeValues } from './settings.ts'
import type { At } from './shape.ts'
import type { ChildSettings, Mount } from './types.ts'
import { givesEngine } from './volumes.ts'
import { report, warn } from './yaml-value.ts'

/** What `serfnode:` adds to every child. */
export type Additions = Pick<NodeValues, 'ports' | 'volumes' | 'volumes_from' | 'environment'>

/** The child as written with ports, mounts and siblings of the whole node. */
export const addOfNode = (
  { name, at, written }: NamedChild,
  { ports, volumes, volumes_from }: Additions,
): NamedChild => {
  const targets = new Set(volumes.map(({ is }) => is.target))
  const own = (written.volumes ?? []).filter(({ is }) => !targets.has(is.target))
  const others = volumes_from.filter(({ is }) => is !== name)
  return {
    name,
    at,
    written: {
      ...written,
      ports: [...(written.ports ?? []), ...ports],
      volumes: [...own, ...volumes],
      volumes_from: [...(written.volumes_from ?? []), ...others],
    },
  }
}

/** Fills in what is not written, and reads the files that the child names. */
export const completeChild = async (
  { name, written }: NamedChild,
  additions: Additions,
  around: Surroundings,
): Promise<ChildSettings> => {
  const { environment, env_file, tmpfs = [], labels = [], ...rest } = written
  const { volumes, volumes_from, ports, expose, links, needs, ...plain } = rest
  return {
    pull: 'missing',
    privileged: false,
    cap_add: [],
    cap_drop: [],
    wants: [],
    read_only: false,
    init: false,
    ...plain,
    name,
    image: plain.image ?? '',
    environment: await childEnvironment({ environment, env_file }, additions.environment, around),
    volumes: checkedMounts(volumes ?? [], tmpfs),
    volumes_from: unique(values(volumes_from)),
    ports: unique(values(ports).flat()),
    expose: unique(values(expose).flat()),
    links: unique(values(links)),
    needs: unique(values(needs)),
    tmpfs: Object.fromEntries(tmpfs),
    labels: Object.fromEntries(labels.map((label) => [label.name, label.value ?? ''])),
  }
}

/** Refuses two mounts at one path, and warns of those that give the engine away. */
const checkedMounts = (volumes: At<Mount>[], tmpfs: WrittenChild['tmpfs']): Mount[] => {
  const targets = new Set(tmpfs.map(([path]) => path))
  for (const { is, at } of volumes) {
    if (targets.has(is.target)) report(at, `a second mount at ${is.target}, expected one`)
    if (givesEngine(is)) {
      warn(at, `${is.source} gives this child the Docker engine, and so root on the host`)
    }
    targets.add(is.target)
  }
  return volumes.map(({ is }) => is)
}

const values = <T>(list: readonly At<T>[] = []): T[] => list.map(({ is }) => is)

const unique = <T>(list: readonly T[]): T[] => [
  ...new Map(list.map((each) => [JSON.stringify(each), each])).values(),
]
