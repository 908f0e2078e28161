import type { Ports, WantedPorts } from '../catalog/catalog.ts'
import { acceptPorts } from '../catalog/more-ports.ts'
import { askPart, readPart } from '../catalog/port-parts.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { backoffMs, pause } from '../lib/wait.ts'
import { createTurns } from './turns.ts'

export type FetchPortsOptions = {
  self: string
  /** The services whose ports are not all known, of the members that are there now. */
  wanted(): readonly WantedPorts[]
  /** One item at least for each change of them; ends when the signal aborts. */
  changes(signal: AbortSignal): AsyncIterable<unknown>
  /** The query `ports` to that one member; undefined when it does not answer in time. */
  ask(id: string, payload: string, signal: AbortSignal): Promise<Uint8Array | undefined>
  learn(wanted: WantedPorts, ports: Ports): void
  /** How many nodes may ask at the same time. */
  members(): number
  /** What cannot be fetched, and undefined when nothing is missing any more. */
  onProblem(problem: string | undefined): void
  log: Logger
  signal: AbortSignal
  random?: () => number
  wait?: (ms: number, signal: AbortSignal) => Promise<void>
}

/**
 * How long a node waits before each query, on average. A query reaches every member by gossip, and
 * each passes it on several times, more often in a larger cluster: at its defaults gossip carries
 * 33 queries a second among 9 nodes, 17 among 99 and 11 among 999. This is three quarters of that
 * when all ask at once; above it, queries and events are late and answers come to nobody.
 */
export const queryPauseMs = (members: number): number =>
  40 * members * Math.ceil(Math.log10(members + 1))

/** Whoever is silent may have lost one packet; whoever answers wrongly will do so again. */
const SILENT = { firstMs: 1_000, maxMs: 60_000 }
const WRONG = { firstMs: 30_000, maxMs: 600_000 }
const TRIES_IN_SILENCE = 3

const NO_ANSWER = 'it does not answer the query `ports`'
const WRONG_ANSWER = 'it answers with others than its tags promise'

/** Asks the members whose tags had no room for all of their ports, until the signal aborts. */
export const fetchPorts = async (options: FetchPortsOptions): Promise<void> => {
  const { self, members, log, signal, random = Math.random, wait = pause } = options
  const waitTurn = createTurns(() => queryPauseMs(members()) * 2 * random(), wait)
  const problems = problemsOf(options.onProblem)
  const tasks = new Map<string, { digest: string; stop: AbortController }>()

  const update = (): void => {
    const wanted = new Map(options.wanted().map((one) => [one.id, one]))
    for (const [id, { digest, stop }] of tasks) {
      if (wanted.get(id)?.digest === digest) continue
      stop.abort()
      tasks.delete(id)
      problems.set(id, undefined)
    }
    for (const one of wanted.values()) {
      if (tasks.has(one.id)) continue
      const stop = new AbortController()
      tasks.set(one.id, { digest: one.digest, stop })
      void fetchOne(one, stop.signal)
    }
  }

  const fetchOne = async (one: WantedPorts, until: AbortSignal): Promise<void> => {
    const { id, count } = one
    const began = performance.now()
    const said = new Set<string>()
    const got = { code: '', from: 0 }
    for (let tries = 1; !until.aborted; tries++) {
      const read = await readRest(one, got, { ...options, waitTurn, signal: until })
      if (until.aborted) return
      if ('ports' in read) {
        options.learn(one, read.ports)
        const facts = { id, ports: count, ms: Math.round(performance.now() - began) }
        return id === self ? undefined : log.info(facts, 'ports fetched')
      }
      log.debug({ id, tries, problem: read.problem }, 'ports not fetched')
      const isWrong = read.problem === WRONG_ANSWER
      if ((isWrong || tries >= TRIES_IN_SILENCE) && !said.has(read.problem)) {
        said.add(read.problem)
        const problem = `not all ports of ${id} are known: ${read.problem}; asking again`
        log.warn({ id }, problem)
        problems.set(id, problem)
      }
      await wait(backoffMs(tries - 1, isWrong ? WRONG : SILENT, random), until)
    }
  }

  // Before the first look: a change between the two would be missed.
  const changed = options.changes(signal)
  try {
    update()
    for await (const _ of changed) update()
  } finally {
    for (const { stop } of tasks.values()) stop.abort()
  }
}

type Asking = Pick<FetchPortsOptions, 'self' | 'ask' | 'signal'> & {
  waitTurn(signal: AbortSignal): Promise<void>
}

/**
 * The parts of a member's ports that are still missing, a query each; never throws. What is got
 * already stays when an answer is lost.
 */
const readRest = async (
  wanted: WantedPorts,
  got: { code: string; from: number },
  { self, ask, waitTurn, signal }: Asking,
): Promise<{ ports: Ports } | { problem: string }> => {
  try {
    for (;;) {
      if (wanted.id !== self) await waitTurn(signal)
      if (signal.aborted) return { problem: NO_ANSWER }
      const payload = askPart({ digest: wanted.digest, from: got.from })
      const answer = await ask(wanted.id, payload, signal)
      if (!answer) return { problem: NO_ANSWER }
      const part = readPart(answer, got.from)
      if (part) got.code += part.code
      if (part?.next !== undefined) {
        got.from = part.next
        continue
      }
      const ports = part && acceptPorts(wanted, got.code)
      if (ports) return { ports }
      Object.assign(got, { code: '', from: 0 })
      return { problem: WRONG_ANSWER }
    }
  } catch (error) {
    return { problem: describeError(error) }
  }
}

/** Many problems are told as one. */
const problemsOf = (tell: (problem: string | undefined) => void) => {
  const problems = new Map<string, string>()
  return {
    set: (id: string, problem: string | undefined): void => {
      const before = problems.size
      if (problem === undefined) problems.delete(id)
      else problems.set(id, problem)
      if (problem === undefined && problems.size === before) return
      const [first] = problems.values()
      tell(problems.size > 1 ? `${first} (and of ${problems.size - 1} more members)` : first)
    },
  }
}
