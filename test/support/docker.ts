import { execFile, execFileSync } from 'node:child_process'

export type Ran = { code: number; stdout: string; stderr: string }

/** Runs the docker command as a user would; never rejects, so that a test can look at failures. */
export const tryDocker = (args: readonly string[], timeoutMs = 60_000): Promise<Ran> =>
  new Promise((resolve) => {
    const options = { timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024 }
    execFile('docker', [...args], options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
      resolve({ code, stdout, stderr: error?.killed ? `${stderr} (timed out)` : stderr })
    })
  })

/** Runs the docker command and gives its output, trimmed; rejects with what it wrote to stderr. */
export const docker = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await tryDocker(args)
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: exit ${code}: ${stderr || stdout}`)
  return stdout.trim()
}

/** `docker exec`, for output. */
export const inside = (container: string, ...command: string[]): Promise<string> =>
  docker('exec', container, ...command)

export const inspect = async (container: string) =>
  JSON.parse(await docker('inspect', container))[0]

/** What tests and their nodes leave; by label and by the clusters' names, never by anything broad. */
export const TEST_LABEL = 'io.serfnode.test'
export const TEST_PREFIX = 'sntest-'

const lines = (args: string[]): string[] =>
  execFileSync('docker', args, { encoding: 'utf8', timeout: 30_000 }).split('\n').filter(Boolean)

/**
 * Removes what tests made, of this run or of one that was killed. `cluster` limits it to one test,
 * so that files which run side by side leave each other alone.
 */
export const sweep = (cluster?: string): void => {
  removeContainers(cluster)
  const volumes = lines(['volume', 'ls', '-q', '--filter', `name=^${cluster ?? TEST_PREFIX}`])
  if (volumes.length > 0) {
    execFileSync('docker', ['volume', 'rm', '-f', ...volumes], { stdio: 'ignore' })
  }
  const label = cluster ? `${TEST_LABEL}=${cluster}` : TEST_LABEL
  const networks = lines(['network', 'ls', '-q', '--filter', `label=${label}`])
  if (networks.length > 0) {
    execFileSync('docker', ['network', 'rm', ...networks], { stdio: 'ignore' })
  }
}

const containersOf = (cluster?: string): string[] => {
  const format = '{{.ID}} {{.Label "io.serfnode.cluster"}} {{.Label "io.serfnode.test"}}'
  const mine = lines(['ps', '-a', '--filter', `label=${TEST_LABEL}`, '--format', format])
  const children = lines(['ps', '-a', '--filter', 'label=io.serfnode.cluster', '--format', format])
  const ids = new Set<string>()
  for (const line of [...mine, ...children]) {
    const [id = '', first = '', second = ''] = line.split(' ')
    const isOurs = cluster
      ? first === cluster || second === cluster
      : first.startsWith(TEST_PREFIX) || mine.includes(line)
    if (isOurs) ids.add(id)
  }
  return [...ids]
}

/**
 * Until none is there: a node that still lives makes a child meanwhile, and the engine fails to
 * remove a container of which somebody reads a file just then.
 */
const removeContainers = (cluster?: string, triesLeft = 4): void => {
  const ids = containersOf(cluster)
  if (ids.length === 0) return
  try {
    execFileSync('docker', ['rm', '-fv', ...ids], { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (error) {
    if (triesLeft === 0) throw error
  }
  if (triesLeft > 0) removeContainers(cluster, triesLeft - 1)
}
