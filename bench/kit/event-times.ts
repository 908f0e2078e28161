import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { docker, inside } from '../../test/support/docker.ts'
import type { Context } from './context.ts'
import { bundleProgram } from './fake-serf.ts'
import { until } from './until.ts'

/** A module that notes by the machine's clock when its first line runs for an event of this name. */
export const timingModule = (event: string): string => `import { appendFileSync } from 'node:fs'
export default {
  'user:${event}'(event) {
    const at = process.hrtime.bigint()
    appendFileSync('times', \`\${event.text} \${at}\\n\`)
  },
}
`

export type StreamTimes = {
  /** Milliseconds from the record to the first line, for each event that both have. */
  latencies: () => Promise<number[]>
  end: () => void
}

/**
 * Watches serf's stream in a node with a `timingModule`: another client of it, in the same container,
 * has each record in the same moment as the agent.
 */
export const watchStream = async (
  { cluster, signal }: Context,
  node: string,
  event: string,
): Promise<StreamTimes> => {
  const program = await bundleProgram('stream-clock/main.ts', join(cluster.folder, 'clock'))
  await docker('cp', program, `${node}:/tmp/clock`)
  await inside(node, 'sh', '-c', 'rm -f /run/serfnode/handlers/*/times')
  const run = ['exec', node, '/usr/local/bin/node', '/tmp/clock', '7373', '/run/serfnode/rpc-auth']
  const child = spawn('docker', run, { stdio: ['ignore', 'pipe', 'inherit'] })
  const records = new Map<string, bigint>()
  let ready = false
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [name, payload, at] = line.split(' ')
    if (name === 'ready') ready = true
    else if (name === event && payload && at) records.set(payload, BigInt(at))
  })
  await until('the stream is watched', () => ready || undefined, { signal })
  return {
    latencies: async () => {
      const text = await inside(node, 'sh', '-c', 'cat /run/serfnode/handlers/*/times')
      return text.split('\n').flatMap((line) => {
        const [payload = '', at] = line.split(' ')
        const record = records.get(payload)
        return record === undefined || at === undefined ? [] : [Number(BigInt(at) - record) / 1e6]
      })
    },
    end: () => {
      child.kill()
    },
  }
}
