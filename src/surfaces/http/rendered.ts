import type { Snapshot } from '../../catalog/snapshot.ts'

/**
 * The bytes of a snapshot, made once however many ask: a thousand members are 300 kB, and a hundred
 * watchers are answered at the same moment.
 */
export const renderedOnce = (render: (snapshot: Snapshot) => object) => {
  const kept = new WeakMap<Snapshot, { index: string; bytes: Buffer }>()
  return (snapshot: Snapshot, index: string): Buffer => {
    const before = kept.get(snapshot)
    if (before?.index === index) return before.bytes
    const bytes = Buffer.from(`${JSON.stringify({ index, ...render(snapshot) })}\n`)
    kept.set(snapshot, { index, bytes })
    return bytes
  }
}
