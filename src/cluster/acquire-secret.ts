import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { backoffMs, pause } from '../lib/wait.ts'
import { newSecret, type Secret } from './secret.ts'
import type { KeptSecret } from './state.ts'
import { decodeToken } from './token.ts'

/** What acquiring needs of the engine; absent when the node has no Docker socket. */
export type SecretEngine = {
  /**
   * Secrets of the other nodes of this cluster on the engine, running ones first, oldest first; that
   * of the first alone when it has one.
   */
  secretsOfOthers(): Promise<KeptSecret[]>
  /** Runs `found` while no other node on the engine may; false when another one has the turn. */
  alone(found: () => Promise<void>): Promise<boolean>
}

export type AcquireOptions = {
  cluster: string
  /** Tokens given by the user, the first one counts. */
  tokens: readonly string[]
  /** Whether the user named peers: then a cluster is awaited, never founded. */
  hasPeer: boolean
  own: KeptSecret | undefined
  engine: SecretEngine | undefined
  save(secret: KeptSecret): Promise<void>
  log: Logger
  /** Called once when there is nothing to do but wait, with what would help. */
  onWaiting(message: string): void
  signal: AbortSignal
  retryMs?: number
}

export type AcquiredSecret = Secret & { from: 'token' | 'state' | 'engine' | 'founded' }

const SOON_TRIES = 20

const waitingMessage = (hasEngine: boolean): string =>
  hasEngine
    ? 'PEER is given but no cluster secret was found on this engine: waiting; start the peer here, or give SERFNODE_TOKEN_FILE or SERFNODE_TOKEN (print it on any node with: serfnode token)'
    : 'PEER is given but there is neither a token nor a Docker socket to find the secret by: add -v /var/run/docker.sock:/var/run/docker.sock, or give SERFNODE_TOKEN_FILE or SERFNODE_TOKEN (print it on any node with: serfnode token)'

/**
 * Finds the cluster's secret: a token, the own state, another node on the engine, in this order;
 * else founds a cluster, unless a peer was named. Retries for ever; rejects only with the
 * signal's reason or for a token that is not one.
 */
export const acquireSecret = async (options: AcquireOptions): Promise<AcquiredSecret> => {
  const { cluster, tokens, own, engine, log, signal } = options
  if (tokens[0] !== undefined) {
    const { secret } = decodeToken(tokens[0])
    const epoch = own?.secret.equals(secret) ? own.epoch : 0
    if (own && !own.secret.equals(secret)) {
      log.warn({ cluster }, 'the token is of another cluster than the kept state: the token wins')
    }
    await keep({ cluster, secret, epoch }, options)
    return { secret, epoch, from: 'token' }
  }
  if (own?.cluster === cluster) return { ...own, from: 'state' }

  let said = false
  let problem = ''
  for (let [failures, tries] = [0, 0]; ; tries++) {
    try {
      const found = await tryOnce(options)
      if (found) return found
      failures = 0
    } catch (error) {
      failures++
      const text = describeError(error)
      if (text !== problem) log.warn({ error: text }, 'no cluster secret yet, trying again')
      problem = text
    }
    if (!said && options.hasPeer) {
      said = true
      options.onWaiting(waitingMessage(engine !== undefined))
    }
    const firstMs = options.retryMs ?? 300
    // Each look may start a process in every node of the engine: soon at first, then seldom.
    const ms =
      failures > 0
        ? backoffMs(failures, { firstMs, maxMs: 10_000 })
        : backoffMs(Math.max(0, tries - SOON_TRIES), { firstMs, maxMs: 10 * firstMs })
    await pause(ms, signal)
    signal.throwIfAborted()
  }
}

/** A secret that others hold too is good without a disk: it is found again at the next start. */
const keep = async (
  secret: KeptSecret,
  { save, log }: Pick<AcquireOptions, 'save' | 'log'>,
): Promise<void> => {
  await save(secret).catch((error: unknown) => {
    log.warn({ error: describeError(error) }, 'the cluster secret is not saved, used all the same')
  })
}

const tryOnce = async (options: AcquireOptions): Promise<AcquiredSecret | undefined> => {
  const { cluster, engine, save, log } = options
  const adopt = async (): Promise<AcquiredSecret | undefined> => {
    const [first, ...rest] = (await engine?.secretsOfOthers()) ?? []
    if (!first) return undefined
    if (rest.some((other) => !other.secret.equals(first.secret))) {
      log.warn({ cluster }, 'nodes of this engine hold different secrets: the oldest is taken')
    }
    await keep({ ...first, cluster }, options)
    return { secret: first.secret, epoch: first.epoch, from: 'engine' }
  }
  const found = async (): Promise<AcquiredSecret> => {
    const fresh = newSecret()
    await save({ ...fresh, cluster })
    return { ...fresh, from: 'founded' }
  }

  const adopted = await adopt()
  if (adopted || options.hasPeer) return adopted
  if (!engine) return found()
  let result: AcquiredSecret | undefined
  // Another node may have founded between our look and our turn: look again inside it.
  await engine.alone(async () => {
    result = (await adopt()) ?? (await found())
  })
  return result
}
