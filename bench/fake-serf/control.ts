import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import type { FakeSerf } from './serf.ts'

/** What the bench tells the fake, one JSON line each, answered by one. */
export type Order =
  | { do: 'members'; count: number }
  | { do: 'move'; index: number }
  /** Members from `first` on join and leave, one every `everyMs`; 0 ends it. */
  | { do: 'churn'; first: number; count: number; everyMs: number }

export type Answer = {
  /** `Date.now` when the list had changed. */
  at: number
  /** The new address, of `move`. */
  address?: string
  /** Changes so far, of `churn`. */
  changes: number
}

/** Takes orders on a unix socket, which the bench reaches through a mounted folder. */
export const serveControl = (path: string, serf: FakeSerf): void => {
  let churning: NodeJS.Timeout | undefined
  let changes = 0

  const obey = (order: Order): Omit<Answer, 'at' | 'changes'> => {
    if (order.do === 'move') return { address: serf.move(order.index) }
    if (order.do === 'members') serf.setMembers(order.count)
    if (order.do === 'churn') {
      clearInterval(churning)
      const { first, count, everyMs } = order
      if (everyMs > 0) {
        churning = setInterval(() => {
          serf.toggle(first + Math.floor(Math.random() * count))
          changes += 1
        }, everyMs)
      }
    }
    return {}
  }

  rmSync(path, { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    createInterface({ input: socket }).on('line', (line) => {
      const done = obey(JSON.parse(line))
      socket.write(`${JSON.stringify({ ...done, at: Date.now(), changes } satisfies Answer)}\n`)
    })
  })
  server.listen(path)
}
