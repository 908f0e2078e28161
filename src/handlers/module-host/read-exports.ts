import type { HandlerEvent, HandlerNode } from '../../client/handler-types.ts'
import { keyFor, readEventKey } from '../event-keys.ts'

export type Hears = (event: HandlerEvent, node: HandlerNode) => unknown

const SHAPE = "export default { 'user:deploy'(event, node) {} }"

/** The functions that a module exports by default, by what they hear. Throws TypeError. */
export const readExports = (found: unknown) => {
  const module = found as { default?: unknown }
  // What was compiled to CommonJS has its default export inside.
  const inner = (module.default as { default?: unknown } | undefined)?.default
  const handlers = inner ?? module.default
  if (typeof handlers !== 'object' || handlers === null) {
    throw new TypeError(`no handlers: expected ${SHAPE}`)
  }
  const functions = new Map<string, Hears>()
  for (const [name, hears] of Object.entries(handlers)) {
    const key = readEventKey(name)
    if (key === undefined) throw new TypeError(`no such event: ${name}; expected as in ${SHAPE}`)
    if (typeof hears !== 'function') throw new TypeError(`${name}: expected a function`)
    // Bound, so that `this` is the object, as it looks in the source.
    functions.set(key, hears.bind(handlers) as Hears)
  }
  if (functions.size === 0) throw new TypeError(`hears nothing: expected ${SHAPE}`)
  return {
    keys: [...functions.keys()],
    handlerOf: (event: HandlerEvent): Hears | undefined =>
      functions.get(keyFor(functions.keys(), event) ?? ''),
  }
}
