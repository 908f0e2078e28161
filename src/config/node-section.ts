import { type NodeValues, settingList } from './settings.ts'
import { type Field, type Fields, fieldsSchema, readFields, type Shape } from './shape.ts'

/** What stands under `serfnode:`. */
export const nodeSection = (): Shape<Partial<NodeValues>> => {
  const fields = nodeFields()
  return {
    expected: 'a map of settings',
    schema: { ...fieldsSchema(fields, true), type: ['object', 'null'] },
    read: (value) => readFields<NodeValues>(value, fields, { advice, extensions: true }),
  }
}

const nodeFields = (): Fields<NodeValues> => {
  const fields = settingList.flatMap(({ name, key, shape, meaning }): [string, Field<unknown>][] =>
    key === false ? [] : [[name, { shape: key === true ? shape : key, meaning }]],
  )
  return Object.fromEntries(fields) as unknown as Fields<NodeValues>
}

const byVariable = (variable: string): string =>
  `it depends on where the node runs: give the variable ${variable}`

const secret =
  'images are made of this file, and whoever has one would have the secret: give SERFNODE_TOKEN_FILE or SERFNODE_TOKEN to the node'

const advice: Readonly<Record<string, string>> = {
  token: secret,
  token_file: secret,
  secret,
  host_prefix: byVariable('HOST_PREFIX'),
  docker_socket: byVariable('DOCKER_SOCKET'),
  ip: 'use "serf_ip"',
}
