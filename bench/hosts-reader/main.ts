import { closeSync, openSync, readSync } from 'node:fs'
import { fakeMember } from '../fake-serf/members.ts'
import { type Fault, faultIn } from './check.ts'

// Reads /etc/hosts again and again: `hosts-reader READS CHANGES CHUNK OWN_ROLE OWN_ADDRESS`, until it has
// done READS and has seen CHANGES. CHUNK is the size of one read(2): libc takes 4096 bytes at a time.
const [reads, changes, chunk] = process.argv.slice(2, 5).map(Number) as [number, number, number]
const [ownRole, ownAddress] = process.argv.slice(5)

export type ReaderResult = {
  reads: number
  /** How often the text was another than the time before. */
  changes: number
  faults: Record<Fault, number>
  /** The first faulty text, to look at. */
  sample?: string
  ms: number
}

const bytes = Buffer.alloc(1 << 20)

const readHosts = (): number => {
  const file = openSync('/etc/hosts', 'r')
  try {
    let length = 0
    for (let read = -1; read !== 0; length += read) {
      read = readSync(file, bytes, length, Math.min(chunk, bytes.length - length), null)
    }
    return length
  } finally {
    closeSync(file)
  }
}

const addressOf = (name: string): string | undefined => {
  if (name === ownRole) return ownAddress
  const index = Number(/^role(\d+)$/.exec(name)?.[1])
  return Number.isNaN(index) ? undefined : fakeMember(index, 0).addr.join('.')
}

const isForeign = (line: string): boolean => !line.includes('# kept by')
const first = bytes.toString('latin1', 0, readHosts())
const foreign = new Set(first.split('\n').filter(isForeign))
const torn = faultIn(first, foreign, addressOf)
if (torn) throw new Error(`the first text is bad already, ${torn}:\n${first}`)

const LONGEST_MS = 120_000

const result: ReaderResult = {
  reads: 0,
  changes: 0,
  faults: { empty: 0, 'no localhost': 0, 'half a line': 0, 'wrong address': 0 },
  ms: 0,
}
const began = performance.now()
let last: Buffer | undefined
const isDone = (): boolean => {
  if (result.reads < reads || result.reads % 1000 !== 0) return false
  return result.changes >= changes || performance.now() - began > LONGEST_MS
}
for (; !isDone(); result.reads += 1) {
  const now = bytes.subarray(0, readHosts())
  // The same bytes have the same faults: that none were counted for them holds still.
  if (last && now.equals(last)) continue
  const text = now.toString('latin1')
  const fault = faultIn(text, foreign, addressOf)
  if (fault) {
    result.faults[fault] += 1
    result.sample ??= text
  }
  // A faulty text is looked at again, should it come again.
  last = fault ? undefined : Buffer.from(now)
  result.changes += 1
}
result.ms = performance.now() - began
console.log(JSON.stringify(result))
