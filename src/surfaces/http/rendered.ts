import type { Snapshot } from '../../catalog/snapshot.ts'

/** The bytes of a snapshot, made once however many ask; a thousand members are 300 kB. */
export const renderedOnce = (render: (snapshot: Snapshot) => object) => {
  const kept = new WeakMap<Snapshot, Buffer>()
  return (snapshot: Snapshot): Buffer => {
    const before = kept.get(snapshot)
    if (before) return before
    const bytes = Buffer.from(JSON.stringify(render(snapshot)))
    kept.set(snapshot, bytes)
    return bytes
  }
}
