import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { removeWithNode } from '../../src/children/auto-remove.ts'
import { LABEL } from '../../src/children/labels.ts'
import { keptLog } from '../support/kept-log.ts'
import { ANONYMOUS, inspected, OWN } from './facts.ts'

/** A node with two children of which `stuck` cannot be removed. */
const removed = async (node: { AutoRemove?: boolean; Restarting?: boolean }) => {
  const { AutoRemove = false, Restarting = false } = node
  const own = inspected()
  const { NetworkMode, PortBindings } = own.HostConfig
  const child = (name: string) =>
    inspected({
      Id: name,
      Name: `/${name}_app_web`,
      Config: {
        ...own.Config,
        Labels: { [LABEL.child]: name, [LABEL.owner]: OWN, [LABEL.volumes]: ANONYMOUS },
      },
    })
  const gone: string[] = []
  const log = keptLog()
  const docker = {
    inspectContainer: async (id: string) =>
      id === OWN
        ? {
            ...own,
            State: { ...own.State, Restarting },
            HostConfig: { NetworkMode, PortBindings, AutoRemove },
          }
        : child(id),
    listContainers: async () => [{ Id: 'db' }, { Id: 'stuck' }] as never,
    stopContainer: async () => {},
    removeContainer: async (id: string, options?: { volumes?: boolean }) => {
      if (id === 'stuck') throw new Error('busy')
      gone.push(`${id}${options?.volumes ? ' -v' : ''}`)
    },
    removeVolume: async (name: string) => {
      gone.push(name)
    },
  }
  await removeWithNode(docker, OWN, log)
  return { gone, warnings: log.lines.filter(({ level }) => level === 'warn') }
}

describe('the children of a node that stops', () => {
  test('go with their anonymous volumes when the engine removes the node', async () => {
    const { gone, warnings } = await removed({ AutoRemove: true })
    assert.deepEqual(gone, ['db -v', ANONYMOUS])
    assert.equal(warnings.length, 1)
    assert.match(warnings[0]?.message ?? '', /^stuck_app_web cannot be removed with its node/)
  })

  test('stay when it keeps the node, or only restarts it', async () => {
    assert.deepEqual((await removed({})).gone, [])
    assert.deepEqual((await removed({ AutoRemove: true, Restarting: true })).gone, [])
  })
})
