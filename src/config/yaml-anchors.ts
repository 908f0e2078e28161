import { type Alias, type Document, isMap, isScalar, type Node, visit, type YAMLMap } from 'yaml'
import { quoted } from './printable.ts'
import { report, type Value } from './yaml-value.ts'

/**
 * One walk over the document: finds the node of every alias and any key that is there twice.
 * The library does both in quadratic time. False when something was reported.
 */
export const indexAliases = (document: Document.Parsed, root: Value): boolean => {
  const { source } = root
  const anchors = new Map<string, Node>()
  let good = true
  const wrong = (node: Node, message: string) => {
    good = false
    report({ node, path: root.path, source }, message)
  }
  visit(document, {
    Alias: (_, node: Alias) => {
      const target = anchors.get(node.source)
      if (target === undefined) wrong(node, `found *${node.source}, but no anchor &${node.source}`)
      else source.aliases.set(node, target)
    },
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
      if (isMap(node)) {
        for (const { key, first } of twice(node)) {
          const line = source.place(first.range![0]).line
          const where = line === undefined ? '' : ` (first on line ${line})`
          wrong(key, `key ${quoted(String(key.value))} is here twice${where}; keep one`)
        }
      }
    },
  })
  return good
}

type Key = Node & { value: unknown }

const twice = (map: YAMLMap): { key: Key; first: Key }[] => {
  const seen = new Map<string, Key>()
  const found = []
  for (const { key } of map.items) {
    if (!isScalar(key) || key.value === '<<') continue
    const first = seen.get(String(key.value))
    if (first === undefined) seen.set(String(key.value), key)
    else found.push({ key, first })
  }
  return found
}
