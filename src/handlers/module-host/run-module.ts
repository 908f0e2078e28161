import { existsSync, writeSync } from 'node:fs'
import type { Socket } from 'node:net'
import { pathToFileURL } from 'node:url'
import { BUNDLE_ENDING } from '../bundle-ending.ts'
import { type FromModule, lineCutter, type ToModule } from '../wire.ts'
import { answerBytes } from './answer.ts'
import { describeThrown } from './describe-thrown.ts'
import { createNode } from './node.ts'
import { readExports } from './read-exports.ts'
import { shownEvent } from './shown-event.ts'

/** A snapshot of a thousand members has some hundred KB. */
const LINE_LIMIT = 64 * 1024 * 1024

/** Loads the module and calls its functions as the agent tells over the pipe, until that closes. */
export const runModule = async (file: string, pipe: Socket): Promise<void> => {
  const send = (message: FromModule): void => {
    pipe.write(`${JSON.stringify(message)}\n`)
  }
  const sayBroken = (error: unknown): void => {
    const message: FromModule = { type: 'broken', message: describeThrown(error, file) }
    try {
      // At once: the process ends with this very tick.
      writeSync(
        (pipe as unknown as { _handle: { fd: number } })._handle.fd,
        `${JSON.stringify(message)}\n`,
      )
    } catch {
      // The agent finds the error in what is printed.
    }
  }
  process.on('uncaughtExceptionMonitor', sayBroken)
  // Without the agent there is nobody to work for.
  pipe.once('close', () => process.exit(0))
  pipe.on('error', () => process.exit(0))

  const { node, take } = createNode(send)
  const stops = new Map<number, AbortController>()
  const loaded = loadModule(file)

  const onEvent = async ({ seq, event }: ToModule & { type: 'event' }): Promise<void> => {
    const stop = new AbortController()
    stops.set(seq, stop)
    try {
      const shown = shownEvent(event, stop.signal)
      const hears = (await loaded).handlerOf(shown)
      const answer = hears ? answerBytes(await hears(shown, node)) : undefined
      const isAnswer = shown.type === 'query' && answer !== undefined
      send({ type: 'done', seq, ...(isAnswer && { answer: answer.toString('base64') }) })
    } catch (error) {
      send({ type: 'done', seq, error: describeThrown(error, file) })
    } finally {
      stops.delete(seq)
    }
  }
  const onMessage = (message: ToModule): void => {
    if (message.type === 'ping') send({ type: 'pong' })
    else if (message.type === 'event') void onEvent(message)
    else if (message.type === 'abort') stops.get(message.seq)?.abort()
    else if (message.type === 'hello') take.self(message.self)
    else take.reply(message)
  }
  pipe.on(
    'data',
    lineCutter(LINE_LIMIT, (line) => onMessage(JSON.parse(line))),
  )
  try {
    send({ type: 'ready', keys: (await loaded).keys })
  } catch (error) {
    console.error(error)
    sayBroken(error)
    process.exit(1)
  }
}

const loadModule = async (file: string) => {
  // What `serfnode build` made of it; else the source, from which the runtime takes the types.
  const bundle = `${file}${BUNDLE_ENDING}`
  const found: unknown = await import(pathToFileURL(existsSync(bundle) ? bundle : file).href)
  return readExports(found)
}
