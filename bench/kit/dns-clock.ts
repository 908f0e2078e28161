import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { docker } from '../../test/support/docker.ts'
import type { Context } from './context.ts'
import { bundleProgram } from './fake-serf.ts'
import { until } from './until.ts'

export type DnsClock = {
  /** From now on the node's DNS is asked for this name, until it is at this address. */
  watch: (name: string, address: string) => void
  /** When it first was, in ms of the machine's clock. */
  at: (address: string) => number | undefined
  close: () => void
}

/** Asks the DNS of a node as its children do, in its container. */
export const startDnsClock = async (
  { cluster, signal }: Context,
  container: string,
): Promise<DnsClock> => {
  const program = await bundleProgram('dns-clock/main.ts', join(cluster.folder, 'dns-clock'))
  await docker('cp', program, `${container}:/tmp/dns-clock`)
  const child = spawn('docker', ['exec', '-i', container, '/tmp/dns-clock', '127.0.0.1'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const seen = new Map<string, number>()
  let ready = false
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [address, at] = line.split(' ')
    if (address === 'ready') ready = true
    else seen.set(address!, Number(at))
  })
  await until('the DNS clock runs', () => ready || undefined, { signal })
  return {
    watch: (name, address) => child.stdin.write(`${name} ${address}\n`),
    at: (address) => seen.get(address),
    close: () => child.stdin.end(),
  }
}
