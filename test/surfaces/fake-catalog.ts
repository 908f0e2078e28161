import { readMember } from '../../src/catalog/member.ts'
import type { NodeInfo } from '../../src/catalog/node-info.ts'
import type { Logger } from '../../src/lib/log.ts'
import type { ShownCatalog } from '../../src/surfaces/surface.ts'
import { listed } from '../catalog/random.ts'

export const service = (number: number, tags: Record<string, string> = {}): NodeInfo =>
  readMember(listed(number, { tags })).service as NodeInfo

/** A catalog that shows the services of one list after another; ends when told to. */
export const fakeCatalog = (services: readonly NodeInfo[] = []) => {
  let current = services
  let wake = () => {}
  let ended = false
  let sights = 0
  const catalog: ShownCatalog = {
    snapshot: () => {
      sights++
      return { services: current }
    },
    changes: async function* (signal) {
      signal.addEventListener('abort', () => wake())
      while (!signal.aborted && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        yield 'changed'
      }
    },
  }
  return {
    catalog,
    /** How often the snapshot was looked at. */
    sights: () => sights,
    become: (next: readonly NodeInfo[]) => {
      current = next
      wake()
    },
    end: () => {
      ended = true
      wake()
    },
  }
}

/** A log that keeps what it was told: `level message`, facts beside. */
export const keepingLog = () => {
  const lines: { line: string; facts: object }[] = []
  const keep = (level: string) => (facts: object, message: string) => {
    lines.push({ line: `${level} ${message}`, facts })
  }
  const log: Logger = {
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
  }
  return { log, lines }
}
