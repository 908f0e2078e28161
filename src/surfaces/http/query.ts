import { HttpError } from './http-error.ts'
import type { Param } from './route.ts'

/** The parameters, each known, given once and of its pattern; throws HttpError `query`. */
export const readQuery = (
  search: string,
  known: Readonly<Record<string, Param>>,
): Record<string, string> => {
  const query: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(search)) {
    const param = Object.hasOwn(known, name) ? known[name] : undefined
    const shown = name.slice(0, 40)
    if (!param) {
      const names = Object.keys(known).join(', ') || 'none'
      throw new HttpError(
        'query',
        `unknown parameter ${JSON.stringify(shown)}; there are: ${names}`,
      )
    }
    if (Object.hasOwn(query, name)) throw new HttpError('query', `${shown} is given twice`)
    if (!param.pattern.test(value)) {
      const given = JSON.stringify(value.slice(0, 60))
      throw new HttpError('query', `${shown}=${given}: ${param.meaning}`)
    }
    query[name] = value
  }
  return query
}
