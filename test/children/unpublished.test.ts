import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newHistory } from '../../src/children/history.ts'
import { unpublishedWarning } from '../../src/children/unpublished.ts'
import { createViews } from '../../src/children/view.ts'
import type { Port } from '../../src/config/types.ts'
import type { PortMap } from '../../src/docker/container-types.ts'
import { keptLog } from '../support/kept-log.ts'
import { inspected, nodeFacts } from './facts.ts'
import { childSettings } from './settings.ts'

const web: Port = { container: 80, protocol: 'tcp', host: 18080 }
const dns: Port = { container: 53, protocol: 'udp', host: 53, address: '127.0.0.1' }
const any: Port = { container: 443, protocol: 'tcp', address: '::1' }

const warningOf = (ports: Port[], bound: PortMap = {}, NetworkMode = 'bridge') =>
  unpublishedWarning({ ports }, inspected({ HostConfig: { NetworkMode, PortBindings: bound } }))

describe('ports of a child that the node does not publish', () => {
  test('are told with the options that publish them', () => {
    assert.equal(warningOf([web]), '18080:80 is not published on the node: docker run -p 18080:80')
    assert.equal(
      warningOf([web, dns, any]),
      '18080:80, 127.0.0.1:53:53/udp, [::1]::443 are not published on the node: docker run -p 18080:80 -p 127.0.0.1:53:53/udp -p [::1]::443',
    )
  })

  test('are no longer told of once the node has them, be it at another port of the host', () => {
    const bound = { '80/tcp': [{ HostIp: '', HostPort: '9090' }], '53/tcp': [{ HostPort: '53' }] }
    assert.equal(warningOf([web], bound), undefined)
    assert.match(warningOf([web, dns], bound) ?? '', /^127\.0\.0\.1:53:53\/udp is not/)
    assert.match(warningOf([web], { '80/tcp': [] }) ?? '', /^18080:80 is not/)
  })

  test('are not told of on networks where Docker publishes nothing', () => {
    for (const mode of ['host', 'none', `container:${'a'.repeat(64)}`]) {
      assert.equal(warningOf([web], {}, mode), undefined)
    }
  })

  test('are in the status of the child, and logged once', () => {
    const settings = childSettings('app', { ports: [web] })
    const log = keptLog()
    const own = nodeFacts()
    const views = createViews({
      ...{ own, children: [settings], advertiseAt: 'container', log },
      ...{ onChange: () => {}, now: () => 0 },
    })
    const child = { settings, containers: [], history: newHistory() }
    const world = { now: 0, nodeStartedAt: 0, children: [child], unwanted: [] } as never
    const look = () =>
      views.show(
        world,
        new Map([['app', { state: 'starting' }]]),
        { own: own.inspect, children: [], donors: new Map() },
        () => [],
      )
    look()
    look()
    assert.match(views.current().children[0]?.warnings.join() ?? '', /^18080:80 is not published/)
    assert.equal(log.lines.filter(({ message }) => message.includes('18080:80')).length, 1)
  })
})
