import { DockerError } from './errors.ts'

/** The engine's words where many a user meets them, and what to do then, in a few words. */
const BY_WORDS: [RegExp, string][] = [
  [/no space left on device/i, "the engine's disk is full: docker system df says of what"],
  [
    /port is already allocated|ports are not available|address already in use/i,
    'somebody else has that port of the host: docker ps and ss -ltnup say who',
  ],
  [
    /No such image|pull access denied|repository does not exist|manifest.* unknown|manifest unknown/i,
    'is its name right? docker build or docker pull brings it here',
  ],
  [
    /(lookup|dial tcp|proxyconnect).*(no such host|refused|timeout|unreachable|misbehaving)|TLS handshake|request canceled/i,
    'its registry cannot be reached: docker build, docker pull or docker load brings it here',
  ],
  [/executable file not found in/i, 'the image has no such program: see command and entrypoint'],
  [/bind source path does not exist/i, 'make that folder on the host, or correct the volume'],
]

/** What to do about what the engine said, to `error` or to its cause; undefined if not known. */
export const engineAdvice = (error: unknown): string | undefined => {
  const message = inChain(error)?.message ?? ''
  return BY_WORDS.find(([words]) => words.test(message))?.[1]
}

/** Whether the engine has no room left: then no other advice helps. */
export const isDiskFull = (error: unknown): boolean =>
  /no space left on device/i.test(inChain(error)?.message ?? '')

const inChain = (error: unknown): DockerError | undefined => {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof DockerError) return at
  }
  return undefined
}
