import type { Ports } from './node-info.ts'
import { decodePorts, encodePort, sortedPortKeys } from './ports.ts'

/** What one node may tell of its ports: bytes of the code of 2015, room for 1,300 ports or so. */
export const ALL_PORTS_MAX = 16_384

/** The ports that other nodes can learn: the lowest, as far as there is a code and room for them. */
export const tellablePorts = (ports: Ports): Ports => {
  let room = ALL_PORTS_MAX
  const tellable = sortedPortKeys(ports).filter((key) => {
    const entry = encodePort(key, ports[key] ?? [])
    if (entry === undefined) return false
    room -= entry.length + 1
    return room >= 0
  })
  return Object.fromEntries(tellable.map((key) => [key, ports[key] ?? []]))
}

/**
 * The code of 2015 made short, for answers: a port that is itself outside is `53u`, a run of them
 * `10000-10099u`, every other one stays `15672t32768`.
 */
export const encodeRanges = (ports: Ports): string => {
  const runs: { first: number; last: number; protocol: string }[] = []
  const others: string[] = []
  for (const protocol of ['tcp', 'udp']) {
    for (const key of sortedPortKeys(ports).filter((key) => key.endsWith(protocol))) {
      const outside = ports[key] ?? []
      const port = Number.parseInt(key, 10)
      const run = runs.at(-1)
      if (outside.length !== 1 || outside[0] !== String(port)) {
        others.push(encodePort(key, outside) ?? '')
      } else if (run?.protocol === protocol && run.last === port - 1) run.last = port
      else runs.push({ first: port, last: port, protocol })
    }
  }
  const short = runs.map(
    ({ first, last, protocol }) => `${first === last ? first : `${first}-${last}`}${protocol[0]}`,
  )
  return [...short, ...others].filter(Boolean).join('|')
}

const RUN = /^(\d{1,5})(?:-(\d{1,5}))?([tu])$/

/** The short code to ports; undefined unless every entry is well formed and named once. */
export const decodeRanges = (code: string): Ports | undefined => {
  let long = ''
  for (const entry of code.split('|')) {
    const [, first, last, protocol] = RUN.exec(entry) ?? []
    if (first === undefined) long += `|${entry}`
    else if (last === undefined) long += `|${first}${protocol}${first}`
    else if (Number(last) <= Number(first)) return undefined
    else {
      // Foreign text: a few characters must not become megabytes.
      for (let port = Number(first); port <= Number(last) && long.length <= ALL_PORTS_MAX; port++) {
        long += `|${port}${protocol}${port}`
      }
    }
    if (long.length > ALL_PORTS_MAX) return undefined
  }
  return decodePorts(long.slice(1))
}
