import { randomBytes } from 'node:crypto'
import { connectSerf, type SerfConnection } from '../../src/serf/client.ts'
import { addressOf, IMAGE } from '../../test/support/cluster.ts'
import { docker, TEST_LABEL } from '../../test/support/docker.ts'
import type { Context } from './context.ts'
import { until } from './until.ts'

export type PlainSerf = { container: string; serf: SerfConnection }

/** Serf of the same image without anything of ours around it, encrypted like that of a node. */
export const createPlainSerfs = (
  context: Context,
  more: { args?: readonly string[]; mounts?: readonly string[]; image?: string } = {},
) => {
  const { cluster, signal } = context
  const key = randomBytes(32).toString('base64')
  let seed: string | undefined

  const run = async (name: string): Promise<string> => {
    const container = cluster.container(name)
    const join = seed === undefined ? [] : [`-retry-join=${seed}`]
    await docker(
      ...['run', '-d', '--name', container, '--label', `${TEST_LABEL}=${cluster.cluster}`],
      // Of the image, but no node; serf leaves at SIGINT only.
      ...[
        '--label',
        'io.serfnode.helper=bench',
        '--stop-signal',
        'SIGINT',
        ...(more.mounts ?? []),
        '--entrypoint',
        '/usr/bin/serf',
        more.image ?? IMAGE,
      ],
      ...['agent', `-node=${name}`, `-encrypt=${key}`, '-rpc-addr=0.0.0.0:7373'],
      ...[...join, ...(more.args ?? [])],
    )
    return container
  }

  const start = async (name: string): Promise<PlainSerf> => {
    const container = await run(name)
    const host = await addressOf(container)
    seed ??= host
    const connect = () =>
      connectSerf({ host, port: 7373, signal }).catch(() => undefined /* not up yet */)
    const serf = await until(`${name} answers`, connect, { signal, everyMs: 50 })
    return { container, serf }
  }

  return {
    /** Only `docker run -d`: the container's name. */
    run,
    /** Started one after the other; resolves when all know each other. */
    startAll: async (names: readonly string[]): Promise<PlainSerf[]> => {
      const serfs: PlainSerf[] = []
      for (const name of names) serfs.push(await start(name))
      for (const name of names) await untilStatus(serfs, name, 'alive', signal)
      return serfs
    },
  }
}

/** Waits until all of them list the member with this status; they are asked every 5 ms. */
export const untilStatus = (
  serfs: readonly PlainSerf[],
  name: string,
  status: string,
  signal: AbortSignal,
): Promise<true> =>
  until(
    `${name} is ${status}`,
    async () => {
      const lists = await Promise.all(serfs.map(({ serf }) => serf.members()))
      const isSo = lists.every((list) =>
        list.some((member) => member.name === name && member.status === status),
      )
      return isSo || undefined
    },
    { signal, everyMs: 5 },
  )
