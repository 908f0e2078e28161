import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { readIfThere } from '../lib/files.ts'
import { askAddresses } from '../surfaces/dns/ask.ts'
import { DNS_DIR, SERVICES_DIR } from './paths.ts'

const run = promisify(execFile)

/** Where the children ask, where dnsmasq asks for the rest of the zone, where the agent answers. */
export const DNS_ADDRESS = '127.0.0.1'
const ZONE_ADDRESS = '127.0.0.2'
export const AGENT_ADDRESS = '127.0.0.3'
export const OWN_ADDRESSES = [DNS_ADDRESS, ZONE_ADDRESS, AGENT_ADDRESS]
export const DNS_PORT = 53

const [DNS, ZONE] = [`${SERVICES_DIR}/dns`, `${SERVICES_DIR}/dns-zone`]

/** Whether the services are wanted up: an agent that is restarted finds them so. */
export const isDnsStarted = async (): Promise<boolean> => {
  const { stdout } = await run('s6-svstat', ['-o', 'wantedup', DNS], { timeout: 5_000 })
  return stdout.trim() === 'true'
}

export const startDns = async (): Promise<void> => {
  const up = (service: string) => run('s6-svc', ['-u', service], { timeout: 5_000 })
  await Promise.all([ZONE, DNS].map(up))
}

/** Resolves when both have ended, or did not within 2 s. */
export const stopDns = async (): Promise<void> => {
  const down = (service: string) =>
    run('s6-svc', ['-wD', '-T', '2000', '-d', service], { timeout: 5_000 })
  await Promise.all([DNS, ZONE].map(down))
}

/**
 * Makes what dnsmasq reads, and gives a name that only the DNS of this node knows: on the host's
 * network somebody else's may listen.
 */
export const prepareDns = async (): Promise<string> => {
  await mkdir(`${DNS_DIR}/hosts`, { recursive: true, mode: 0o755 })
  const path = `${DNS_DIR}/hosts/self`
  const [, before] = (await readIfThere(path))?.trim().split(' ') ?? []
  if (before !== undefined) return before
  const name = `${randomBytes(8).toString('hex')}.here.serf`
  await writeFile(path, `${ZONE_ADDRESS} ${name}\n`, { mode: 0o644 })
  return name
}

/** Whether it is ours that answers, and what it has not got of a name it knows without the agent. */
export const dnsAnswers = async (name: string, timeoutMs: number): Promise<boolean> => {
  const ask = (type: 'A' | 'AAAA') =>
    askAddresses({ host: DNS_ADDRESS, port: DNS_PORT, name, type, timeoutMs })
  try {
    const [v4, v6] = await Promise.all([ask('A'), ask('AAAA')])
    return v4.includes(ZONE_ADDRESS) && v6.length === 0
  } catch {
    // Silence, an error and nobody there come to the same.
    return false
  }
}

/** Why the port cannot be opened; undefined: it can. Ours must not listen. */
export const whyNoPort = async (): Promise<string | undefined> => {
  const udp = createSocket('udp4')
  const tcp = createServer()
  try {
    udp.bind(DNS_PORT, DNS_ADDRESS)
    await once(udp, 'listening')
    tcp.listen(DNS_PORT, DNS_ADDRESS)
    await once(tcp, 'listening')
    return undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') return `somebody else listens on port ${DNS_PORT}`
    return `port ${DNS_PORT} cannot be opened: ${message}`
  } finally {
    udp.close()
    tcp.close()
  }
}
