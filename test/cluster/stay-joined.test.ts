import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findSeeds } from '../../src/cluster/seeds.ts'
import { type JoinOptions, stayJoined } from '../../src/cluster/stay-joined.ts'
import { deferred } from '../../src/lib/deferred.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'

type Member = { id: string; name: string; addr: string; port: number; status: string }
const member = (n: number, status = 'alive'): Member => ({
  id: `m${n}`,
  name: `n${n}`,
  addr: `10.0.0.${n}`,
  port: 7946,
  status,
})

/** Runs the given number of rounds and tells what was joined and how long each wait would be. */
const rounds = async (
  count: number,
  options: Partial<JoinOptions>,
  ended = new AbortController(),
) => {
  const joined: string[] = []
  const waits: number[] = []
  const log = keptLog()
  await stayJoined({
    self: 'm1',
    join: async (addresses) => joined.push(...addresses),
    members: () => [member(1)],
    changes: async function* () {},
    seeds: async () => ({ addresses: [], remembered: [], unknown: [] }),
    wait: async (ms) => {
      waits.push(ms)
      if (waits.length === count) ended.abort()
    },
    reachable: async () => true,
    random: () => 0.5,
    onProblem: () => {},
    log,
    signal: ended.signal,
    ...options,
  })
  return { joined, waits, log }
}

const seeds = async () => ({
  addresses: ['10.0.0.2:7946', '10.0.0.1:7946'],
  remembered: ['10.0.0.9:7946'],
  unknown: [],
})

describe('staying joined', () => {
  test('joins seeds and remembered peers while alone, soon again, and never itself', async () => {
    const { joined, waits } = await rounds(2, { seeds })
    const round = ['10.0.0.2:7946', '10.0.0.9:7946']
    assert.deepEqual(joined, [...round, ...round])
    assert.ok(waits.every((ms) => ms <= 1_000))
  })

  test('joins any member now and then when all are there', async () => {
    const { joined, waits } = await rounds(1, { seeds, members: () => [member(1), member(2)] })
    assert.deepEqual(joined, ['10.0.0.2:7946'])
    assert.ok((waits[0] ?? 0) >= 25_000)
  })

  test('tries every few seconds while a member is failed', async () => {
    const members = () => [member(1), member(2), member(3, 'failed')]
    const { waits, joined } = await rounds(1, { seeds, members })
    assert.deepEqual(joined, ['10.0.0.3:7946'])
    assert.ok((waits[0] ?? 0) >= 3_000 && (waits[0] ?? 0) <= 5_000)
  })

  test('does not miss the old id of a node that was killed and is back', async () => {
    const back = { ...member(4), name: 'n3' }
    const members = () => [member(1), member(2), member(3, 'failed'), back]
    const { waits } = await rounds(1, { seeds, members })
    assert.ok((waits[0] ?? 0) >= 25_000)
  })

  test('says that a peer does not answer once, and once that it does again', async () => {
    let round = 0
    const { log, joined } = await rounds(4, {
      seeds,
      reachable: async (address) => address.includes('.9:') || ++round > 3,
    })
    assert.deepEqual(
      joined.filter((address) => address.includes('.2:')),
      ['10.0.0.2:7946'],
    )
    assert.deepEqual(
      log.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message),
      ['10.0.0.2:7946 does not answer, retrying', 'peer is not missing any more'],
    )
  })

  test('ends a problem with a peer as soon as that peer is there', async () => {
    let isThere = false
    const changed = deferred()
    const ended = new AbortController()
    const problems: unknown[][] = []
    let waited = 0
    await rounds(
      1,
      {
        seeds,
        reachable: async () => false,
        members: () => (isThere ? [member(1), member(2)] : [member(1)]),
        changes: async function* () {
          await changed.promise
          yield
        },
        onProblem: (...said) => {
          problems.push(said)
          if (said[1] === undefined) waited++
        },
        wait: async () => {
          isThere = true
          changed.resolve()
          await eventually(async () => assert.equal(waited, 1), { within: 1_000 })
          ended.abort()
        },
      },
      ended,
    )
    assert.deepEqual(problems.at(-1), ['10.0.0.2:7946', undefined])
  })

  test('says nothing more about a peer that is not asked any more', async () => {
    let round = 0
    const problems: unknown[][] = []
    await rounds(2, {
      seeds: async () => ({ ...(await seeds()), addresses: round++ ? [] : ['10.0.0.2:7946'] }),
      reachable: async () => false,
      members: () => [member(1), member(3)],
      onProblem: (...said) => problems.push(said),
    })
    assert.deepEqual(problems, [
      ['10.0.0.2:7946', '10.0.0.2:7946 does not answer, retrying'],
      ['10.0.0.2:7946', undefined],
    ])
  })

  test('goes on when Serf refuses a join', async () => {
    const { waits } = await rounds(3, {
      seeds,
      join: async () => {
        throw new Error('no installed keys could decrypt')
      },
    })
    assert.equal(waits.length, 3)
  })
})

describe('seeds', () => {
  const none = { peers: [], remembered: [], engine: undefined, lookup: async () => [] }

  test('are addresses as given, names known to the engine, then names known to DNS', async () => {
    const found = await findSeeds({
      ...none,
      peers: [
        { host: '10.0.0.9', port: 1 },
        { host: 'mysql', port: 7946 },
        { host: 'db.example.org', port: 2 },
      ],
      engine: {
        addressOf: async (name) => (name === 'mysql' ? '172.17.0.5:7000' : undefined),
        neighbours: async () => ['172.17.0.5:7000', '172.17.0.6:7946'],
      },
      lookup: async () => ['192.0.2.1', '2001:db8::1'],
      remembered: ['10.0.0.9:1'],
    })
    assert.deepEqual(found.addresses, [
      '10.0.0.9:1',
      '172.17.0.5:7000',
      '192.0.2.1:2',
      '[2001:db8::1]:2',
      '172.17.0.6:7946',
    ])
    assert.deepEqual(found.remembered, ['10.0.0.9:1'])
  })

  test('that nobody knows are named, and an engine that fails takes nothing away', async () => {
    const fail = async () => {
      throw new Error('engine is gone')
    }
    const found = await findSeeds({
      ...none,
      peers: [{ host: 'nobody', port: 7946 }],
      remembered: ['10.0.0.7:7946'],
      engine: { addressOf: fail, neighbours: fail },
    })
    assert.deepEqual(found, {
      addresses: [],
      remembered: ['10.0.0.7:7946'],
      unknown: ['nobody'],
    })
  })
})
