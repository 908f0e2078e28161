import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCatalog, type ListedMember } from '../../src/catalog/catalog.ts'
import type { Member } from '../../src/catalog/member.ts'
import { createHistory } from '../../src/events/history.ts'
import { memberEvents, tellMembers } from '../../src/events/tell-members.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'
import { member } from './member.ts'

const told = (...members: Member[]) => new Map(members.map((one) => [one.id, one]))
const seen = (events: ReturnType<typeof memberEvents>) =>
  events.map(({ type, members }) => `${type} ${members.map(({ name }) => name).join(' ')}`)

describe('what changed among the members', () => {
  test('is told in the words of Serf, those of one moment together', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => member(name)) as [
      Member,
      Member,
      Member,
      Member,
    ]
    assert.deepEqual(seen(memberEvents(told(), [a, b])), ['member-join a b'])
    const next = [
      { ...a, tags: { ...a.tags, x: '1' } },
      { ...b, status: 'failed' as const },
      { ...c, status: 'left' as const },
      member('e'),
    ]
    assert.deepEqual(seen(memberEvents(told(a, b, c, d), next)), [
      'member-join e',
      'member-update a',
      'member-leave c',
      'member-failed b',
      'member-reap d',
    ])
  })

  test('is nothing when only the objects are new', () => {
    const before = member('a')
    const after = structuredClone(before)
    assert.deepEqual(memberEvents(told(before), [after]), [])
  })

  test('is found against what was told before the agent was restarted', async () => {
    const listed = (name: string, status: ListedMember['status'] = 'alive'): ListedMember => ({
      ...{ name: `${name}.000001`, addr: '10.0.0.1', port: 7946, status },
      tags: { name, role: 'web', timestamp: '1.000' },
    })
    const run = async (history: ReturnType<typeof createHistory>, lists: ListedMember[][]) => {
      const catalog = createCatalog({ self: 'a.000001' })
      const ended = new AbortController()
      const heard: string[] = []
      const done = tellMembers({
        catalog,
        told: history.told,
        tell: (event) => {
          heard.push(`${event.type} ${event.members.map(({ name }) => name).join(' ')}`)
          history.add(event)
        },
        signal: ended.signal,
      })
      for (const list of lists) {
        catalog.apply(list)
        await eventually(() => assert.equal(history.told().size, list.length))
      }
      ended.abort()
      await done
      return heard
    }
    const history = createHistory({ log: keptLog() })
    assert.deepEqual(await run(history, [[listed('a')], [listed('a'), listed('b'), listed('c')]]), [
      'member-join a',
      'member-join b c',
    ])
    // The next agent's catalog begins empty: nobody joins anew.
    assert.deepEqual(await run(history, [[listed('a'), listed('b', 'failed'), listed('d')]]), [
      'member-join d',
      'member-failed b',
      'member-reap c',
    ])
  })
})
