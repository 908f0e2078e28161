import { existsSync } from 'node:fs'
import type { Catalog } from '../catalog/catalog.ts'
import type { Settings } from '../config/types.ts'
import { deferred } from '../lib/deferred.ts'
import type { Logger } from '../lib/log.ts'
import { pause, untilAborted } from '../lib/wait.ts'
import { createLiveZone } from '../surfaces/dns/live-zone.ts'
import { createResolvConf } from '../surfaces/dns/resolv-conf.ts'
import { runResponder } from '../surfaces/dns/responder.ts'
import {
  AGENT_ADDRESS,
  DNS_ADDRESS,
  DNS_PORT,
  dnsAnswers,
  isDnsStarted,
  OWN_ADDRESSES,
  prepareDns,
  startDns,
  stopDns,
  whyNoPort,
} from './dns-service.ts'
import { DNS_DIR, RESOLV_CONF, STOPPING_FILE } from './paths.ts'

/** The most that the start of the children waits for DNS. */
const START_MS = 2_000
const CHECK_MS = 1_000
/** resolv.conf is looked at with every check; dnsmasq, while it answers, only so often. */
const ASK_MS = 5_000
/** Checks that fail before DNS counts as broken: a killed dnsmasq is back within a second. */
const FAILS_MAX = 5
/** A broken one is tried again this often. */
const RETRY_MS = 5_000

export type NodeDnsOptions = {
  settings: Pick<Settings, 'dns'>
  isAgentRestart: boolean
  catalog: Pick<Catalog, 'snapshot'>
  /** What is wrong with DNS; undefined: nothing. */
  onProblem: (problem: string | undefined) => void
  log: Logger
  signal: AbortSignal
}

export type NodeDns = {
  isWanted: boolean
  /** Called once; resolves when the children may start: DNS answers, or is off. */
  open(): Promise<void>
  /** Resolves when `open` has ended, well or not. */
  opened: Promise<void>
  parts: { watch(): Promise<void>; zone(): Promise<void> }
}

const off = (why: string): string =>
  `DNS is off: ${why}; names of the cluster are in the hosts file only`

/** The node's DNS: its dnsmasq, resolv.conf as long as that answers, and the rest of the zone. */
export const createNodeDns = (options: NodeDnsOptions): NodeDns => {
  const { settings, catalog, onProblem, log, signal } = options
  const resolvConf = createResolvConf({
    path: RESOLV_CONF,
    folder: DNS_DIR,
    address: DNS_ADDRESS,
    own: OWN_ADDRESSES,
  })
  const isWanted = settings.dns
  const opened = deferred()
  const answered = deferred()
  let name = ''
  let isStarted = false
  let fails = 0
  let answeredAt = Number.NEGATIVE_INFINITY
  let problem: string | undefined

  const tell = (now: string | undefined): void => {
    if (now === problem) return
    problem = now
    if (now) log.warn({}, now)
    else log.info({}, 'DNS works again')
    onProblem(now)
  }

  const turnOff = async (why: string): Promise<void> => {
    // First, so that nobody asks where nobody is.
    await resolvConf.back()
    tell(off(why))
    await stopDns()
    isStarted = false
  }

  const whyNot = async (): Promise<string | undefined> => {
    const why = await resolvConf.whyNot()
    if (why !== undefined) return why
    await resolvConf.note()
    return await whyNoPort()
  }

  /** Starts dnsmasq if it may listen; true when it answers. */
  const start = async (): Promise<boolean> => {
    const why = await whyNot()
    if (why !== undefined) {
      await turnOff(why)
      return false
    }
    await startDns()
    isStarted = true
    const end = performance.now() + START_MS
    while (performance.now() < end && !signal.aborted) {
      if (await dnsAnswers(name, 200)) return true
      await pause(20, signal)
    }
    return false
  }

  /** True as well when it did a moment ago. */
  const stillAnswers = async (): Promise<boolean> => {
    const isFresh = fails === 0 && performance.now() - answeredAt < ASK_MS
    if (isFresh) return true
    const answers = await dnsAnswers(name, CHECK_MS)
    if (answers) answeredAt = performance.now()
    return answers
  }

  const look = async (): Promise<void> => {
    name ||= await prepareDns()
    const answers = isStarted ? await stillAnswers() : await start()
    if (signal.aborted) return
    fails = answers ? 0 : fails + 1
    if (answers) {
      await resolvConf.point()
      answered.resolve()
      tell(undefined)
    } else if (isStarted && (fails >= FAILS_MAX || problem !== undefined)) {
      await turnOff('dnsmasq does not answer')
    }
  }

  return {
    isWanted,
    opened: opened.promise,
    open: async () => {
      try {
        isStarted = options.isAgentRestart && (await isDnsStarted())
        if (isWanted) await look()
      } finally {
        opened.resolve()
      }
    },
    parts: {
      watch: async () => {
        // Two at a time would be in each other's way.
        await opened.promise
        while (!signal.aborted) {
          await pause(problem === undefined ? CHECK_MS : RETRY_MS, signal)
          // While the node stops, its supervisor gives resolv.conf back, whether we end or hang.
          if (!signal.aborted && !existsSync(STOPPING_FILE)) await look()
        }
      },
      // Not before: on the host's network somebody else's DNS may have these addresses.
      zone: async () => {
        await Promise.race([answered.promise, untilAborted(signal)])
        if (signal.aborted) return
        const zone = createLiveZone(catalog)
        await runResponder({ host: AGENT_ADDRESS, port: DNS_PORT, zone, signal })
      },
    },
  }
}
