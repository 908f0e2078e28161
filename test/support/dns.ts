import { resolve } from 'node:path'
import { BASE } from './cluster.ts'
import { docker, tryDocker } from './docker.ts'
import { eventually } from './eventually.ts'

/** An image with dig, and `lookup-glibc` and `lookup-musl` of dns-tools/lookup.c. */
export const DNS_TOOLS = 'serfnode-test-dns-tools'

/** Builds it, or finds it built: a minute the first time. */
export const buildDnsTools = async (): Promise<void> => {
  const folder = resolve(import.meta.dirname, 'dns-tools')
  const args = ['build', '-q', '-t', DNS_TOOLS, '--build-arg', `BASE=${BASE}`, folder]
  const { code, stderr } = await tryDocker(args, 600_000)
  if (code !== 0) throw new Error(`build ${DNS_TOOLS}: ${stderr}`)
}

export type Dug = { status: string; answers: string[]; text: string }

/** What dig says in a container: the status, and the answers as `TTL TYPE DATA` in their order. */
export const dig = async (container: string, ...query: string[]): Promise<Dug> => {
  const options = ['+tries=1', '+time=3', '+noall', '+comments', '+answer', '+authority']
  const { stdout: text } = await tryDocker(['exec', container, 'dig', ...options, ...query])
  const section = text.split('ANSWER SECTION:\n')[1]?.split('\n\n')[0] ?? ''
  const answers = section
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line
        .split(/\s+/)
        .filter((_, at) => at !== 0 && at !== 2)
        .join(' '),
    )
  return { status: /status: (\w+)/.exec(text)?.[1] ?? text.trim(), answers, text }
}

/** The data of the answers, in the order of their letters. */
export const dug = async (container: string, ...query: string[]): Promise<string[]> =>
  (await dig(container, ...query)).answers
    .map((answer) => answer.split(' ').slice(2).join(' '))
    .sort()

export type Resolver = 'glibc' | 'musl' | 'getent'

/** The addresses that a C library finds (glibc's `getent` in any child), in the order of their letters; none when it finds none. */
export const looked = async (
  container: string,
  libc: Resolver,
  name: string,
): Promise<string[]> => {
  const command = libc === 'getent' ? ['getent', 'ahostsv4'] : [`lookup-${libc}`]
  const { stdout } = await tryDocker(['exec', container, ...command, name])
  const found = stdout.split('\n').map((line) => line.split(' ')[0] ?? '')
  return [...new Set(found.filter(Boolean))].sort()
}

export type Lookups = {
  lookups: number
  failures: number
  /** The last one. */
  error: string
  /** How long they took in microseconds, a thousand of them at most, from short to long. */
  us: number[]
}

/** Looks a name up for `ms`, with a pause after each. */
export const lookUpFor = async (
  container: string,
  libc: 'glibc' | 'musl',
  name: string,
  { ms, pauseMs }: { ms: number; pauseMs: number },
): Promise<Lookups> => {
  const command = [`lookup-${libc}`, name, `${ms}`, `${pauseMs}`]
  return JSON.parse(await docker('exec', container, ...command))
}

export const untilLooked = (
  container: string,
  libc: Resolver,
  name: string,
  addresses: readonly string[],
  within = 20_000,
) =>
  eventually(
    async () => {
      const found = await looked(container, libc, name)
      const wanted = [...addresses].sort()
      if (found.join() !== wanted.join()) {
        throw new Error(`${name} is at ${found.join(', ') || 'nowhere'} in ${container}`)
      }
    },
    { within, every: 100 },
  )
