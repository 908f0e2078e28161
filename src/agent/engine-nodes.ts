import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { LABEL } from '../children/labels.ts'
import type { SecretEngine } from '../cluster/acquire-secret.ts'
import { joinHostPort, type SeedEngine } from '../cluster/seeds.ts'
import { type KeptSecret, parseSecret, SECRET_FILE, STATE_DIR } from '../cluster/state.ts'
import type { Docker } from '../docker/client.ts'
import type { ContainerSummary } from '../docker/container-types.ts'
import { isDockerError } from '../docker/errors.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Boot } from './boot.ts'
import { placesOf } from './engine-deaths.ts'
import { BOOT_FILE } from './paths.ts'

/** A founder that takes longer than this was killed meanwhile. */
const FOUNDING_MS = 30_000

/**
 * So long a node that was started after this one is left to join by itself: who joins a new serf
 * first brings it the events of long ago, and by its own join it takes none.
 */
const LEFT_ALONE_MS = 5_000

/** After so long no further neighbour is looked at in one round. */
const LOOKS_MS = 3_000

export type EngineNodesOptions = {
  docker: Docker
  /** The own container and its image. */
  containerId: string
  imageId: string
  cluster: string
  /** When this node started, unix seconds. */
  started: number
  /** Whether a live member of the cluster is at this address. */
  isMember(ip: string): boolean
  log: Logger
  now: () => number
}

/**
 * What the engine tells about the other nodes on it. Whoever holds the socket is root on the host,
 * so reading a neighbour's secret through it gives nothing away.
 */
export type EngineNodes = SecretEngine & SeedEngine

export const engineNodes = (options: EngineNodesOptions): SecretEngine & SeedEngine => {
  const { docker, cluster, log } = options
  const others = async (): Promise<ContainerSummary[]> => {
    const all = await docker.listContainers({ all: true, labels: [LABEL.image] })
    return (
      all
        .filter(({ Id, Labels }) => Id !== options.containerId && !isHelper(Labels))
        // Reading a file mounts the container's layer, and that can make its removal fail.
        .filter(({ State }) => State !== 'removing' && State !== 'dead')
        .sort((a, b) => a.Created - b.Created || (a.Id < b.Id ? -1 : 1))
    )
  }
  const secretOf = async ({ Id, State }: ContainerSummary): Promise<KeptSecret | undefined> => {
    try {
      const text = await docker.readText(Id, `${STATE_DIR}/${SECRET_FILE}`)
      const kept = text === undefined ? undefined : parseSecret(text, Id.slice(0, 12))
      return kept?.cluster === cluster ? kept : undefined
    } catch (error) {
      // To take "not to be seen now" for "none" would found a second cluster. A stopped node may be
      // past reading for ever, though; and a damaged file must not stop this one.
      const isPassing = isDockerError(error) && error.retryable
      if (isPassing && (State === 'running' || error.code !== 'server')) throw error
      log.debug({ container: Id.slice(0, 12), error: String(error) }, 'no secret read')
      return undefined
    }
  }
  // Each look starts a process in the node that is looked at; what it said holds as long as it is
  // the address that its container has.
  const known = new Map<string, Neighbour | undefined>()
  // Some are asked each time, as one that tells another address than its container's.
  const asked = new Set<string>()
  const silent = new Set<string>()
  const keyOf = (node: ContainerSummary): string => [node.Id, ...placesOf(node)].join(' ')
  const lookAt = async (node: ContainerSummary): Promise<Neighbour | undefined> => {
    const key = keyOf(node)
    if (known.has(key)) return known.get(key)
    const text = await docker.readText(node.Id, BOOT_FILE)
    if (text === undefined) return undefined
    const boot = JSON.parse(text) as Partial<Boot>
    const { serf_ip = '', serf_port, timestamp } = boot
    const isOurs = boot.cluster === cluster && isIP(serf_ip) > 0 && Number.isInteger(serf_port)
    const found = isOurs
      ? { address: joinHostPort(serf_ip, Number(serf_port)), started: Number(timestamp) }
      : undefined
    if (placesOf(node).includes(serf_ip)) known.set(key, found)
    return found
  }
  const joinsByItself = ({ started }: Neighbour): boolean =>
    started > options.started && options.now() - 1000 * started < LEFT_ALONE_MS

  return {
    secretsOfOthers: async () => {
      const nodes = await others()
      const running = nodes.filter(({ State }) => State === 'running')
      const [first, ...rest] = [...running, ...nodes.filter((node) => !running.includes(node))]
      // As a rule the oldest has it, and on a full engine each look more is felt.
      const its = first && (await secretOf(first))
      if (its) return [its]
      const secrets = await Promise.all(rest.map(secretOf))
      return secrets.filter((kept) => kept !== undefined)
    },

    alone: async (found) => {
      const lock = await takeTurn(options)
      if (lock === undefined) return false
      try {
        await found()
      } finally {
        await docker.removeContainer(lock, { force: true, volumes: true }).catch((error) => {
          // What was founded counts; a turn of our own that is left over is taken back later.
          log.warn({ error: describeError(error) }, 'give back the turn to found')
        })
      }
      return true
    },

    addressOf: async (name) => {
      const node = (await others()).find(({ Names }) => Names.includes(`/${name}`))
      return node && node.State === 'running' ? (await lookAt(node))?.address : undefined
    },

    neighbours: async () => {
      const addresses: string[] = []
      const until = performance.now() + LOOKS_MS
      // One that cannot be looked at must not keep the others from being found.
      const inOrder = (await others()).sort((a, b) => +silent.has(a.Id) - +silent.has(b.Id))
      for (const node of inOrder) {
        if (performance.now() > until) break
        if (node.State !== 'running' || placesOf(node).some(options.isMember)) continue
        const isNew = !asked.has(keyOf(node))
        silent.delete(node.Id)
        const found = await lookAt(node).catch(() => void silent.add(node.Id))
        if (!found || joinsByItself(found)) continue
        asked.add(keyOf(node))
        addresses.push(found.address)
        // One to join brings the others; who is still missing then is asked in the next round.
        if (isNew) break
      }
      return addresses
    },
  }
}

type Neighbour = { address: string; started: number }

const isHelper = (labels: Record<string, string>): boolean =>
  labels[LABEL.child] !== undefined || labels[LABEL.helper] !== undefined

/**
 * The turn to found: a container of a fixed name, created and never started. The engine gives a
 * name to one container only, which makes it the lock that several nodes of one engine share.
 */
const takeTurn = async (options: EngineNodesOptions): Promise<string | undefined> => {
  const { docker, cluster, containerId, imageId, now } = options
  const name = `serfnode-founding-${createHash('sha256').update(cluster).digest('hex').slice(0, 12)}`
  try {
    const { Id } = await docker.createContainer(name, {
      Image: imageId,
      Labels: {
        [LABEL.helper]: 'founding',
        [LABEL.owner]: containerId,
        [LABEL.cluster]: cluster,
      },
    })
    return Id
  } catch (error) {
    if (!isDockerError(error, 'conflict')) throw error
  }
  const [held] = await docker.listContainers({
    all: true,
    labels: [`${LABEL.helper}=founding`, `${LABEL.cluster}=${cluster}`],
  })
  const abandoned =
    held !== undefined &&
    (held.Labels[LABEL.owner] === containerId || now() - held.Created * 1000 > FOUNDING_MS)
  // By id, so that a fresh turn of somebody else is never taken away.
  if (abandoned) {
    await docker.removeContainer(held.Id, { force: true, volumes: true })
  }
  return undefined
}
