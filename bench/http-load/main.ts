import { spawn } from 'node:child_process'
import { Agent, get } from 'node:http'
import { connect } from '../../src/client/index.ts'

/** What one run of the load saw; times in ms. */
export type LoadResult = { perSecond: number; p50: number; p99: number; bad: number }

const PATH = '/v1/members'
const AT_ONCE = 8

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

const once = (): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port: 7380, path: PATH, agent }, (answer) => {
      answer.on('data', () => {})
      answer.on('end', () => resolve(answer.statusCode === 200))
    })
    asked.on('error', () => resolve(false))
  })

const reached = async (due: number): Promise<void> => {
  // A timer may come a little early.
  for (let left = due - performance.now(); left > 0; left = due - performance.now()) {
    await new Promise((resolve) => setTimeout(resolve, left))
  }
}

/** `rate` requests a second, each timed from when it was due; 0: as many as go, 8 at a time. */
const load = async (rate: number, seconds: number): Promise<LoadResult> => {
  const times: number[] = []
  let bad = 0
  const start = performance.now()
  const timed = async (due: number): Promise<void> => {
    if (!(await once())) bad++
    times.push(performance.now() - due)
  }
  if (rate === 0) {
    const until = start + seconds * 1000
    const again = async (): Promise<void> => {
      while (performance.now() < until) await timed(performance.now())
    }
    await Promise.all(Array.from({ length: AT_ONCE }, again))
  } else {
    const all: Promise<void>[] = []
    while (all.length < rate * seconds) {
      const due = start + (all.length * 1000) / rate
      await reached(due)
      all.push(timed(due))
    }
    await Promise.all(all)
  }
  const perSecond = times.length / ((performance.now() - start) / 1000)
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0
  return { perSecond, p50: at(0.5), p99: at(0.99), bad }
}

/** Half of them wait for the next change of the members, half follow the stream. */
const watch = async (count: number): Promise<void> => {
  const node = connect()
  const read = async (items: AsyncIterable<unknown>): Promise<void> => {
    for await (const _ of items) {
      // What it says does not matter here.
    }
  }
  const all = Array.from({ length: count }, (_, at) =>
    read(at % 2 ? node.stream() : node.watch('members')),
  )
  await Promise.all(all)
}

const main = async (): Promise<void> => {
  const [what, ...numbers] = process.argv.slice(2)
  const [first = 0, seconds = 0, watchers = 0] = numbers.map(Number)
  if (what === 'watch') return watch(first)
  // A process of their own: their work must not delay what is timed here.
  const watching = spawn(process.execPath, [process.argv[1] ?? '', 'watch', `${watchers}`], {
    stdio: 'inherit',
  })
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const result = await load(first, seconds)
  watching.kill()
  console.log(JSON.stringify(result))
  process.exit()
}

void main()
