/** An object that has exactly these fields; those whose name ends in `?` may be absent. */
export const object = (fields: Readonly<Record<string, object>>, description?: string) => {
  const names = Object.keys(fields)
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), fields[name]])),
    required: names.filter((name) => !name.endsWith('?')),
    additionalProperties: false,
  }
}

export const text = (description?: string) => ({
  type: 'string',
  ...(description !== undefined && { description }),
})

export const time = { type: 'string', format: 'date-time' }
export const count = { type: 'integer', minimum: 0 }
export const flag = { type: 'boolean' }

export const list = (items: object) => ({ type: 'array', items })
export const map = (values: object) => ({ type: 'object', additionalProperties: values })
export const oneOf = (...words: string[]) => ({ type: 'string', enum: words })
export const to = (name: string) => ({ $ref: `#/components/schemas/${name}` })

/** What `watch` takes; another one after each change. */
export const index = text('Give it as `watch` to wait for the next change.')
