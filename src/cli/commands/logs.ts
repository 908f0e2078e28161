import { InvalidArgumentError } from 'commander'
import type { Docker } from '../../docker/client.ts'
import { isDockerError } from '../../docker/errors.ts'
import { createLineSplitter } from '../../docker/log-lines.ts'
import { argument, type Context, defineCommand, jsonOption, option } from '../command.ts'
import { mergeOrdered } from '../logs/merge.ts'
import { createPrinter, type Line } from '../logs/printer.ts'
import { findSources, type LogSource } from '../logs/sources.ts'

type Options = {
  target?: string
  follow?: boolean
  tail?: number
  timestamps?: boolean
  json?: boolean
}

const parseTail = (text: string): number | undefined => {
  if (text === 'all') return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a number of lines, or all.')
}

/** The lines of one container, up to its end or, with `follow`, its removal. */
async function* linesOf(
  docker: Docker,
  source: LogSource,
  options: { follow?: boolean; tail?: number; since?: number; signal: AbortSignal },
): AsyncGenerator<Line, void, undefined> {
  const splitter = createLineSplitter()
  const { tail, since, ...rest } = options
  const wanted = {
    ...rest,
    ...(tail !== undefined && { tail }),
    ...(since !== undefined && { since }),
    timestamps: true,
  }
  try {
    for await (const { stream, data } of docker.logs(source.containerId, wanted)) {
      for (const line of splitter.push(stream, data)) yield { ...line, source }
    }
  } catch (error) {
    // Removed meanwhile: the others go on.
    if (!isDockerError(error, 'not-found')) throw error
  }
  for (const line of splitter.end()) yield { ...line, source }
}

/** Follows the containers that are there and those that are started later. */
const follow = async (
  docker: Docker,
  { target, tail }: Options,
  context: Context,
  printer: ReturnType<typeof createPrinter>,
): Promise<void> => {
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  const reading = new Set<string>()
  const startedAgain = new Set<string>()
  const last = new Map<string, string>()
  let failure: unknown

  const readOnce = async (source: LogSource, from: { tail?: number }): Promise<void> => {
    const seen = last.get(source.containerId)
    // The engine takes seconds; what was printed of that second is dropped below.
    const since = seen === undefined ? {} : { since: Math.floor(Date.parse(seen) / 1000) }
    const options = { ...(seen === undefined ? from : since), follow: true, signal }
    for await (const line of linesOf(docker, source, options)) {
      if (seen !== undefined && line.time <= seen) continue
      last.set(source.containerId, line.time)
      printer.print(line)
    }
  }
  const read = async (source: LogSource, from: { tail?: number } = {}): Promise<void> => {
    const { containerId } = source
    // The log of a life ends with it; a start that came meanwhile is another one.
    if (reading.has(containerId)) {
      startedAgain.add(containerId)
      return
    }
    reading.add(containerId)
    printer.announce(source)
    try {
      do {
        startedAgain.delete(containerId)
        await readOnce(source, from)
      } while (startedAgain.has(containerId) && !signal.aborted)
    } catch (error) {
      failure ??= error
      stop.abort()
    } finally {
      reading.delete(containerId)
    }
  }

  const events = docker.events({ filters: { type: ['container'], event: ['start'] }, signal })
  await events.opened
  const from = tail === undefined ? {} : { tail }
  for (const source of await findSources(docker, target)) void read(source, from)
  for await (const { Actor } of events) {
    const labels = Object.keys(Actor.Attributes)
    if (!labels.some((label) => label.startsWith('io.serfnode.'))) continue
    // The target itself may be gone by now; it may come again.
    const sources = await findSources(docker, target).catch(() => [])
    const started = sources.find(({ containerId }) => containerId === Actor.ID)
    if (started) void read(started)
  }
  if (failure !== undefined) throw failure
}

export const logs = defineCommand<Options>({
  summary: 'print the logs of nodes and children',
  description: 'All of this engine, those of one node with its children, or those of one child.',
  arguments: [argument('[target]', 'NODE or NODE/CHILD; none: all')],
  options: [
    option('-f, --follow', 'go on with what comes, also of containers that start later'),
    option('--tail <lines>', 'only the last lines of each container').argParser(parseTail),
    option('-t, --timestamps', 'begin each line with its time'),
    jsonOption(),
  ],
  examples: [
    ['serfnode logs -f', 'watch everything on this engine'],
    ['serfnode logs web/nginx --tail 20', 'the last lines of one child'],
  ],
  place: 'anywhere',
  run: async (options, context) => {
    const docker = await context.docker()
    const sources = await findSources(docker, options.target)
    const printer = createPrinter(context, options, /\/./.test(options.target ?? ''))
    if (options.follow) {
      await follow(docker, options, context, printer)
      return context.signal.aborted ? 130 : 0
    }
    for (const source of sources) printer.announce(source)
    const { tail } = options
    const { signal } = context
    const readers = sources.map((source) =>
      linesOf(docker, source, { signal, ...(tail !== undefined && { tail }) }),
    )
    for await (const line of mergeOrdered(readers, (a, b) => a.time < b.time)) printer.print(line)
    return signal.aborted ? 130 : 0
  },
})
