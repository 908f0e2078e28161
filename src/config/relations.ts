import type { NamedChild, WrittenChildren } from './children.ts'
import type { At } from './shape.ts'
import { suggest } from './suggest.ts'
import { refuse, report, type Value, warn } from './yaml-value.ts'

/**
 * The children in the order of their start: as listed, or, written as a map, those first that
 * others name in `links` and `volumes_from`. Unknown names and cycles are reported.
 */
export const orderChildren = ({ ordered, children: written }: WrittenChildren): NamedChild[] => {
  const names = written.map(({ name }) => name)
  const children = written.map((child) => nameContainers(child, names))
  const byName = new Map(children.map((child) => [child.name, child]))
  for (const child of children) checkNames(child, byName)
  const sorted = sortByNeed(children, byName)
  if (!ordered) return sorted
  checkListOrder(children)
  return children
}

const CONTAINER = 'container:'

/** In 2015 `volumes_from` could name any container; one that is near to a child's is a slip. */
const nameContainers = (child: NamedChild, names: readonly string[]): NamedChild => {
  const { volumes_from = [] } = child.written
  const named = volumes_from.map((from) => {
    const isChild = names.includes(from.is) || suggest(from.is, names) !== ''
    if (isChild || from.is.startsWith(CONTAINER)) return from
    warn(
      from.at,
      `no child "${from.is}" here: taken for a container, better ${CONTAINER}${from.is}`,
    )
    return { ...from, is: `${CONTAINER}${from.is}` }
  })
  return { ...child, written: { ...child.written, volumes_from: named } }
}

type Edge = { to: string; at: Value; type: 'links' | 'volumes_from' }

const edges = ({ written: { links = [], volumes_from = [] } }: NamedChild): Edge[] => [
  ...links.map((link) => ({ to: link.is.child, at: link.at, type: 'links' as const })),
  ...volumes_from
    .filter(({ is }) => !is.startsWith(CONTAINER))
    .map((from) => ({ to: from.is, at: from.at, type: 'volumes_from' as const })),
]

const checkNames = (child: NamedChild, byName: Map<string, NamedChild>): void => {
  for (const { to, at, type } of edges(child)) {
    if (byName.has(to)) continue
    const near = suggest(to, byName.keys())
    const advice = type === 'links' ? '; for a role of another node use "needs"' : ''
    const container = type === 'links' ? '' : ` else write ${CONTAINER}${to}`
    report(at, `no child "${to}" here${near || advice}${container}`)
  }
}

/** Depth first in the file's order; a child that is met again while it waits closes a cycle. */
const sortByNeed = (
  children: readonly NamedChild[],
  byName: Map<string, NamedChild>,
): NamedChild[] => {
  const done = new Set<NamedChild>()
  const waiting: NamedChild[] = []
  const place = (child: NamedChild): void => {
    waiting.push(child)
    for (const { to, at } of edges(child)) {
      const other = byName.get(to)
      if (other === undefined || done.has(other)) continue
      const start = waiting.indexOf(other)
      if (start < 0) place(other)
      else {
        const cycle = [...waiting.slice(start), other].map(({ name }) => name).join(' -> ')
        report(at, `cycle ${cycle}; take one of these links away`)
      }
    }
    waiting.pop()
    done.add(child)
  }
  for (const child of children) if (!done.has(child)) place(child)
  return [...done]
}

const checkListOrder = (children: readonly NamedChild[]): void => {
  const started = new Set<string>()
  const names = new Set(children.map(({ name }) => name))
  for (const child of children) {
    started.add(child.name)
    for (const { to, at, type } of edges(child)) {
      if (started.has(to) || !names.has(to)) continue
      if (type === 'links') {
        warn(at, `"${to}" is started after "${child.name}", as the list says`)
      } else {
        report(at, `"${to}" comes after "${child.name}" in the list, expected it before`)
      }
    }
  }
}

/** A child that needs the node's own role would wait for itself: a role shows when all run. */
export const checkNeeds = (children: readonly NamedChild[], role: string): void => {
  for (const { written } of children) {
    for (const need of (written.needs ?? []) as At<string>[]) {
      if (need.is !== role) continue
      refuse(need.at, "another node's role", {
        advice: `cycle ${role} -> ${role}: this node has that role, the child would wait for itself`,
      })
    }
  }
}
