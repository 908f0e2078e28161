import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { load } from './load.ts'

describe('the ports of children', () => {
  test('a child with the port of our DNS turns that off, with one warning and its place', async () => {
    const children = 'children: {a: {image: x, ports: [22]}, b: {image: x, expose: [53/udp, 53]}}'
    const { settings, warnings } = await load(children)
    assert.equal(settings.dns, false)
    assert.deepEqual(warnings, [
      '/app/serfnode.yml:1:63: children.b.expose[0]: DNS is off: child "b" has port 53; names of the cluster are in the hosts file only',
    ])
    const wanted = await load(children, { env: { SERFNODE_DNS: 'off' } })
    assert.deepEqual([wanted.settings.dns, wanted.warnings], [false, []])
    const others = await load('children: {a: {image: x, ports: ["53:5353"]}}')
    assert.deepEqual([others.settings.dns, others.warnings], [true, []])
  })

  test('two children that name one port are a warning', async () => {
    const text = 'children:\n  a: {image: x, ports: ["1:80"]}\n  b: {image: x, expose: 80}\n'
    const { warnings } = await load(text)
    assert.deepEqual(warnings, [
      '/app/serfnode.yml:3:25: children.b.expose: "a" has port 80/tcp too; in one network only one can listen',
    ])
  })
})
