import { childrenShape, childSchema, type WrittenChildren } from './children.ts'
import type { Findings } from './config-error.ts'
import { handlersShape, type WrittenHandlers } from './handlers.ts'
import { nodeSection } from './node-section.ts'
import { parseYaml } from './parse-yaml.ts'
import type { NodeValues } from './settings.ts'
import { type Fields, fieldsSchema, type JsonSchema, readFields } from './shape.ts'
import { isNothing } from './yaml-value.ts'

/** The sections of serfnode.yml; each may be absent. */
export type SerfnodeYml = {
  serfnode: Partial<NodeValues>
  children: WrittenChildren
  handlers: WrittenHandlers
}

/** An empty file is a legal one. Undefined when the file cannot be read: then it was reported. */
export const readSerfnodeYml = (
  { path, text }: { path: string; text: string },
  findings: Findings,
): Partial<SerfnodeYml> | undefined => {
  const report = findings.problem
  const root = parseYaml({ file: path, text, report, warn: findings.warning })
  if (root === undefined || isNothing(root)) return {}
  return readFields<SerfnodeYml>(root, sections(), { advice, extensions: true })
}

/** The JSON Schema of serfnode.yml, for editors. */
export const serfnodeSchema = (): JsonSchema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'serfnode.yml',
  description: 'What a serfnode image wraps: the node and its children.',
  ...fieldsSchema(sections(), true),
  type: ['object', 'null'],
  definitions: { child: childSchema() },
})

const sections = (): Fields<SerfnodeYml> => ({
  serfnode: { shape: nodeSection(), meaning: 'The settings of the node.' },
  children: { shape: childrenShape, meaning: 'The containers that the node runs.' },
  handlers: {
    shape: handlersShape,
    meaning: 'Code of yours that hears events and answers queries; from event to file.',
  },
})

const advice: Readonly<Record<string, string>> = {
  services: 'did you mean "children"?',
  version: 'take it away, serfnode.yml has no version',
  networks: "children share their node's network",
  volumes: 'named volumes are made when a child uses them; for all children: serfnode.volumes',
}
