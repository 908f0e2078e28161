import type { ChildSettings, Mount } from '../config/types.ts'
import type { MountPoint, MountSpec } from '../docker/container-types.ts'
import { isDonor } from './observe.ts'
import { isWithin, plain, shareableMounts, socketSources } from './shareable.ts'
import type { NodeFacts } from './types.ts'

export type ChildMounts = {
  mounts: MountSpec[]
  binds: string[]
  /** Anonymous volumes of the node and of siblings among them. */
  borrowed: string[]
  warnings: string[]
}

/**
 * What is mounted in a child: the node's own mounts that may be shared, those of the siblings and
 * containers in `volumes_from`, and its own; at the same place the later one wins.
 */
export const childMounts = (
  child: Pick<ChildSettings, 'volumes' | 'volumes_from' | 'tmpfs'>,
  own: NodeFacts,
  siblings: ReadonlyMap<string, readonly MountPoint[]>,
): ChildMounts => {
  const given = [
    { from: '', mounts: shareableMounts(own.inspect.Mounts, own) },
    ...child.volumes_from.map((from) => ({ from, mounts: siblings.get(from) ?? [] })),
  ]
  const byPlace = new Map<string, { spec: MountSpec; from?: string; asked?: Mount }>()
  for (const { from, mounts } of given) {
    for (const mount of mounts.filter(({ Type }) => Type === 'bind' || Type === 'volume')) {
      byPlace.set(plain(mount.Destination), { spec: specOf(mount), from })
    }
  }
  for (const asked of child.volumes)
    byPlace.set(plain(asked.target), { spec: askedSpec(asked), asked })
  for (const place of Object.keys(child.tmpfs)) byPlace.delete(plain(place))

  // A sibling may have them from a container that is not ours.
  const foreign = new Set(
    [...siblings].flatMap(([from, mounts]) =>
      isDonor(from) ? mounts.map(({ Name }) => Name) : [],
    ),
  )

  // The engine lists mounts in any order, and the order must not make another spec.
  const all = [...byPlace.values()].sort((a, b) => (a.spec.Target < b.spec.Target ? -1 : 1))
  const sockets = socketSources(own.inspect.Mounts, own)
  return {
    // The engine makes the missing source of a Bind, as for `docker run -v`, but not of a Mount.
    binds: all.flatMap(({ asked }) => (asked && isPlainBind(asked) ? [bindOf(asked)] : [])),
    mounts: all.flatMap(({ spec, asked }) => (asked && isPlainBind(asked) ? [] : [spec])),
    // What a container that is not ours has is not ours to remove.
    borrowed: all
      .filter(({ from, spec: { Type } }) => from !== undefined && Type === 'volume')
      .flatMap(({ spec: { Source } }) => (Source && isAnonymous(Source) ? [Source] : []))
      .filter((volume) => !foreign.has(volume)),
    warnings: all
      .filter(({ spec }) => sockets.some((socket) => holds(spec, socket)))
      .map(({ spec }) => `${spec.Target} gives it the Docker socket: it is root on this host`),
  }
}

const holds = ({ Type, Source }: MountSpec, socket: string): boolean =>
  Type === 'bind' && Source !== undefined && isWithin(socket, Source)

const isAnonymous = (name: string): boolean => /^[0-9a-f]{64}$/.test(name)

const isPlainBind = ({ type, source = '', target }: Mount): boolean =>
  type === 'bind' && !`${source}${target}`.includes(':')

const bindOf = ({ source, target, read_only }: Mount): string =>
  `${source}:${target}${read_only ? ':ro' : ''}`

const specOf = ({ Type, Name, Source, Destination, RW }: MountPoint): MountSpec => ({
  Type: Type === 'volume' ? 'volume' : 'bind',
  Source: Type === 'volume' && Name ? Name : Source,
  Target: Destination,
  ...(!RW && { ReadOnly: true }),
})

const askedSpec = ({ type, source, target, read_only }: Mount): MountSpec => ({
  Type: type,
  ...(source !== undefined && { Source: source }),
  Target: target,
  ...(read_only && { ReadOnly: true }),
})
