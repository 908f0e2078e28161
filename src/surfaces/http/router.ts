import { HttpError } from './http-error.ts'
import type { Route } from './route.ts'

export type Found = { route: Route; params: Record<string, string> }

/** Finds the route of a request; throws HttpError `no-route` or `method`. */
export const createRouter = (routes: readonly Route[]) => {
  const compiled = routes.map((route) => ({ route, parts: route.path.split('/') }))
  return (method: string, path: string): Found => {
    const parts = path.split('/')
    const fitting = compiled.flatMap(({ route, parts: pattern }) => {
      const params = match(pattern, parts)
      return params ? [{ route, params }] : []
    })
    if (fitting.length === 0) {
      throw new HttpError('no-route', `there is no ${path.slice(0, 100)}; see /v1/openapi.json`)
    }
    const wanted = method === 'HEAD' ? 'GET' : method
    const found = fitting.find(({ route }) => route.method === wanted)
    if (found) return found
    const allow = fitting.map(({ route }) => route.method).join(', ')
    throw new HttpError('method', `${method} is not possible here, only ${allow}`, {
      facts: { headers: { allow } },
    })
  }
}

const match = (
  pattern: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined => {
  if (pattern.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [at, part] of pattern.entries()) {
    const given = parts[at] ?? ''
    const name = /^\{(\w+)\}$/.exec(part)?.[1]
    if (name === undefined) {
      if (part !== given) return undefined
      continue
    }
    const value = decoded(given)
    if (value === undefined || value === '') return undefined
    params[name] = value
  }
  return params
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
