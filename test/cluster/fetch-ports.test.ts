import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Ports, WantedPorts } from '../../src/catalog/catalog.ts'
import { digestPorts } from '../../src/catalog/more-ports.ts'
import { answerPart, askPart, readAsked } from '../../src/catalog/port-parts.ts'
import { type FetchPortsOptions, fetchPorts } from '../../src/cluster/fetch-ports.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'

const ports = (count: number, step = 2): Ports =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => {
      const port = `${20_000 + at * step}`
      return [`${port}/udp`, [port]]
    }),
  )
const want = (id: string, all: Ports): WantedPorts => ({
  id,
  count: Object.keys(all).length,
  digest: digestPorts(all),
})
/** What an honest member says that has these ports. */
const honest = (all: Ports) => (payload: string) => {
  const answer = answerPart(readAsked(JSON.parse(payload))!, all)
  return answer === undefined ? undefined : Buffer.from(answer)
}

type Answer = (payload: string) => Uint8Array | undefined

/** A fetcher whose time is a list: nothing waits longer than the test lets it. */
const start = (members: Record<string, Answer>, part: Partial<FetchPortsOptions> = {}) => {
  const stop = new AbortController()
  const waits: number[] = []
  const asked: string[] = []
  const learnt = new Map<string, Ports>()
  const problems: (string | undefined)[] = []
  const log = keptLog()
  let wanted: readonly WantedPorts[] = []
  let wake = () => {}
  const done = fetchPorts({
    self: 'self.000000',
    wanted: () => wanted,
    changes: async function* (signal) {
      while (!signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve
          signal.addEventListener('abort', () => resolve())
        })
        yield 'changed'
      }
    },
    ask: async (id, payload) => {
      asked.push(id)
      return members[id]?.(payload)
    },
    learn: (one, all) => {
      learnt.set(one.id, all)
      become(wanted.filter((other) => other !== one))
    },
    members: () => 3,
    onProblem: (problem) => problems.push(problem),
    log,
    signal: stop.signal,
    random: () => 0.5,
    wait: (ms) => {
      waits.push(ms)
      return new Promise((resolve) => setImmediate(resolve))
    },
    ...part,
  })
  const become = (next: readonly WantedPorts[]): void => {
    wanted = next
    wake()
  }
  const end = async (): Promise<void> => {
    stop.abort()
    await done
  }
  const warnings = () => log.lines.filter(({ level }) => level === 'warn')
  return { become, end, waits, asked, learnt, problems, log, warnings }
}

describe('fetching ports', () => {
  test('asks nobody while all ports fit into the tags', async () => {
    const fetcher = start({})
    fetcher.become([])
    await new Promise((resolve) => setTimeout(resolve, 20))
    await fetcher.end()
    assert.deepEqual([fetcher.asked, fetcher.waits], [[], []])
  })

  test('asks each member for all of its ports, part by part, and no other', async () => {
    const [few, many] = [ports(20), ports(500)]
    const fetcher = start({ a: honest(few), b: honest(many), c: honest(few) })
    fetcher.become([want('a', few), want('b', many)])
    await eventually(() => assert.equal(fetcher.learnt.size, 2))
    await fetcher.end()
    assert.deepEqual(fetcher.learnt.get('a'), few)
    assert.deepEqual(fetcher.learnt.get('b'), many)
    assert.deepEqual(fetcher.asked.sort(), ['a', 'b', 'b', 'b', 'b', 'b'])
    assert.deepEqual(fetcher.problems, [])
  })

  test('waits before each query, longer in a larger cluster and differently on each node', async () => {
    const all = ports(500)
    for (const [members, random, expected] of [
      [3, 0.5, 120],
      [3, 0, 0],
      [30, 0.5, 2_400],
      [100, 0.5, 12_000],
      [100, 0.9, 21_600],
    ] as const) {
      const options = { members: () => members, random: () => random }
      const fetcher = start({ a: honest(all) }, options)
      fetcher.become([want('a', all)])
      await eventually(() => assert.equal(fetcher.learnt.size, 1))
      await fetcher.end()
      assert.deepEqual(fetcher.waits.map(Math.round), Array(5).fill(expected))
    }
  })

  test("does not wait for this node's own, which cost the others nothing", async () => {
    const all = ports(500)
    const fetcher = start({ 'self.000000': honest(all) })
    fetcher.become([want('self.000000', all)])
    await eventually(() => assert.equal(fetcher.learnt.size, 1))
    await fetcher.end()
    assert.deepEqual(fetcher.waits, [])
  })

  test('asks again when an answer is lost, less and less often, and says so once', async () => {
    let lost = 0
    const all = ports(20)
    const answer = honest(all)
    const fetcher = start({ a: (payload) => (lost++ < 9 ? undefined : answer(payload)) })
    fetcher.become([want('a', all)])
    await eventually(() => assert.equal(fetcher.learnt.size, 1))
    await eventually(() => assert.equal(fetcher.problems.length, 2))
    await fetcher.end()
    const backoffs = fetcher.waits.filter((_, at) => at % 2 === 1)
    assert.deepEqual(
      backoffs,
      [1, 2, 4, 8, 16, 32, 60, 60, 60].map((s) => s * 1_000),
    )
    assert.equal(fetcher.warnings().length, 1)
    assert.match(fetcher.problems[0] ?? '', /ports of a are known: it does not answer the query/)
    assert.equal(fetcher.problems[1], undefined)
  })

  test('drops a wrong answer, says so once and asks again rarely', async () => {
    const all = ports(20)
    const liars: Answer[] = [
      () => Buffer.from('nonsense'),
      () => Buffer.from('{"code":"80t"}'),
      () => Buffer.from('{"code":"1-65535t"}'),
      () => Buffer.from('{"code":"","next":0}'),
      () => honest(all)(askPart({ digest: digestPorts(all), from: 0 })),
    ]
    for (const liar of liars) {
      const fetcher = start({ liar, a: honest(all) })
      fetcher.become([want('liar', ports(21)), want('a', all)])
      await eventually(() => assert.equal(fetcher.asked.length > 5, true))
      await fetcher.end()
      assert.deepEqual([...fetcher.learnt.keys()], ['a'], 'the others are not kept back')
      assert.equal(fetcher.warnings().length, 1)
      assert.deepEqual(
        fetcher.waits.filter((ms) => ms > 200).slice(0, 3),
        [30_000, 60_000, 120_000],
      )
    }
  })

  test('asks again for the part that was lost, and for all after a wrong one', async () => {
    const all = ports(500)
    for (const [wrong, expected] of [
      [undefined, [0, 820, 1640, 1640, 2460, 3280]],
      [Buffer.from('x'), [0, 820, 1640, 0, 820, 1640, 2460, 3280]],
    ] as const) {
      const places: number[] = []
      const fetcher = start({
        a: (payload) => {
          places.push(JSON.parse(payload).from)
          return places.length === 3 ? wrong : honest(all)(payload)
        },
      })
      fetcher.become([want('a', all)])
      await eventually(() => assert.deepEqual(fetcher.learnt.get('a'), all))
      await fetcher.end()
      assert.deepEqual(places, expected)
    }
  })

  test('says nothing of two answers that are lost, which a network may lose', async () => {
    let lost = 0
    const all = ports(20)
    const fetcher = start({ a: (payload) => (lost++ < 2 ? undefined : honest(all)(payload)) })
    fetcher.become([want('a', all)])
    await eventually(() => assert.equal(fetcher.learnt.size, 1))
    await fetcher.end()
    assert.deepEqual([fetcher.warnings(), fetcher.problems], [[], []])
  })

  test('asks anew at once when the ports change, and drops the late answer', async () => {
    const [before, after] = [ports(20), ports(30)]
    const answers: (() => void)[] = []
    const ask = (_id: string, payload: string) =>
      new Promise<Uint8Array | undefined>((resolve) => {
        const now = answers.length === 0 ? before : after
        answers.push(() => resolve(honest(now)(payload)))
      })
    const fetcher = start({}, { ask })
    fetcher.become([want('a', before)])
    await eventually(() => assert.equal(answers.length, 1))
    fetcher.become([want('a', after)])
    await eventually(() => assert.equal(answers.length, 2))
    answers[0]?.()
    await new Promise((resolve) => setTimeout(resolve, 10))
    assert.deepEqual([...fetcher.learnt.keys()], [])
    answers[1]?.()
    await eventually(() => assert.deepEqual(fetcher.learnt.get('a'), after))
    await fetcher.end()
    assert.deepEqual(fetcher.warnings(), [])
  })

  test('does not ask a member any more that is gone, and forgets its problem', async () => {
    const fetcher = start({})
    fetcher.become([want('a', ports(20)), want('b', ports(20))])
    await eventually(() => assert.equal(fetcher.problems.length, 2))
    assert.match(fetcher.problems[1] ?? '', /of a .*\(and of 1 more members\)/)
    fetcher.become([])
    await eventually(() => assert.equal(fetcher.problems.at(-1), undefined))
    const count = fetcher.asked.length
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(fetcher.asked.length, count)
    await fetcher.end()
  })

  test('goes on when Serf cannot be asked at the moment', async () => {
    const all = ports(20)
    let tries = 0
    const fetcher = start({
      a: (payload) => {
        if (tries++ < 4) throw new Error('serf is not running')
        return honest(all)(payload)
      },
    })
    fetcher.become([want('a', all)])
    await eventually(() => assert.equal(fetcher.learnt.size, 1))
    await fetcher.end()
    assert.match(fetcher.problems[0] ?? '', /a are known: serf is not running; asking again/)
  })
})
