import { callSchemas } from './call-schemas.ts'
import { nodeSchemas } from './node-schemas.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** All that the API gives and takes, by name. */
export const schemas = { ...nodeSchemas, ...callSchemas }

export const ref = (name: keyof typeof schemas): JsonSchema => ({
  $ref: `#/components/schemas/${name}`,
})
