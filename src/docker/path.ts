import { DockerError } from './errors.ts'

/**
 * A path of the Engine API. An empty or dotted part would reach another call (`/containers//json`
 * lists), so it is refused.
 */
export const pathOf = (...parts: string[]): string =>
  parts
    .map((part) => {
      if (part === '' || part === '.' || part === '..') {
        throw new DockerError(
          'bad-request',
          `call the Docker engine: ${JSON.stringify(part)} names nothing`,
        )
      }
      return `/${encodeURIComponent(part)}`
    })
    .join('')

/** As pathOf, for an image, whose name keeps its slashes. */
export const imagePath = (ref: string, ...rest: string[]): string =>
  `/images${pathOf(...ref.split('/'))}${rest.map((part) => `/${part}`).join('')}`

/** The engine's `filters` parameter; absent when nothing is filtered. */
export const filtersOf = (filters: Record<string, string[] | undefined>): string | undefined => {
  const given = Object.entries(filters).filter(([, values]) => values && values.length > 0)
  return given.length > 0 ? JSON.stringify(Object.fromEntries(given)) : undefined
}

/** The engine matches names by pattern; this one fits exactly `name`. */
export const exactly = (name: string): string => `^/?${name.replace(/[^\w-]/g, '\\$&')}$`
