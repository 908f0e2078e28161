import type { Socket } from 'node:net'

/**
 * Drops connections beyond the limits as they come: a source (an address) can take its share only,
 * and what is held for all of them is bounded.
 */
export const createConnectionLimit = (limits: { connections: number; perSource: number }) => {
  const sources = new Map<string, number>()
  let all = 0
  return (socket: Socket): void => {
    const source = socket.remoteAddress ?? 'socket'
    const held = sources.get(source) ?? 0
    if (all >= limits.connections || held >= limits.perSource) {
      socket.destroy()
      return
    }
    all++
    sources.set(source, held + 1)
    socket.once('close', () => {
      all--
      const left = (sources.get(source) ?? 1) - 1
      if (left === 0) sources.delete(source)
      else sources.set(source, left)
    })
  }
}
