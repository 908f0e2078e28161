import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { renderHosts } from '../../../src/surfaces/hosts/render.ts'
import { createChance, HOSTILE } from '../../catalog/random.ts'
import { service } from '../fake-catalog.ts'

const DOCKER = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
172.17.0.9\t0123456789ab
`
const render = (current: string, ...services: ReturnType<typeof service>[]): string =>
  renderHosts(current, { services, aliases: [] }).text

/** What a resolver reads: address and names of each line, comments and blank lines skipped. */
const entries = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().replace(/\s+/g, ' '))
    .filter(Boolean)
const ours = (text: string): string[] => entries(text).slice(entries(DOCKER).length)

const mysql = service(1, { role: 'mysql', service: '172.17.0.3' })
const web = service(2, { role: 'web', service: '172.17.0.4' })

describe('the hosts file', () => {
  test('has one line a role, after the lines of others', () => {
    const text = render(DOCKER, mysql, web)
    assert.ok(text.startsWith(DOCKER))
    assert.match(text.slice(DOCKER.length), /^# begin.*\n(?:172.*\n){2}# end.*\n$/)
    assert.deepEqual(ours(text), ['172.17.0.3 mysql', '172.17.0.4 web'])
    assert.match(text, /^172\.17\.0\.3 mysql +# kept by serfnode$/m)
  })

  test('gives a role the address of its oldest member', () => {
    const young = service(3, { role: 'mysql', service: '172.17.0.5', timestamp: '1000' })
    const old = service(4, { role: 'mysql', service: '172.17.0.6', timestamp: '999' })
    assert.deepEqual(ours(render(DOCKER, young, old)), ['172.17.0.6 mysql'])
  })

  test('forgets a role without a member, and is as Docker made it when none is left', () => {
    const text = render(DOCKER, mysql, web)
    assert.deepEqual(ours(render(text, web)), ['172.17.0.4 web'])
    assert.equal(render(text), DOCKER)
    assert.equal(render(DOCKER), DOCKER)
  })

  test('is not changed by rendering it again', () => {
    const text = render(DOCKER, mysql, web)
    assert.equal(render(text, web, mysql), text)
  })

  test('has addresses of both kinds', () => {
    const ip = 'fd00:1111:2222:3333:4444:5555:6666:7777'
    const far = service(5, { role: 'r'.repeat(63), service: ip })
    const text = render(DOCKER, far, web)
    assert.ok(entries(text).includes(`${ip} ${'r'.repeat(63)}`))
    assert.equal(render(text, far, web), text)
  })

  test('points aliases of links at the node itself, even when a role has the name', () => {
    const { text, leftOut } = renderHosts(DOCKER, { services: [mysql], aliases: ['mysql', 'db'] })
    assert.deepEqual(ours(text), ['127.0.0.1 db', '127.0.0.1 mysql'])
    assert.deepEqual(leftOut, [{ name: 'mysql', reason: 'an alias of this node' }])
  })

  test('leaves out a role that is no host name, but keeps no_role', () => {
    const roles = ['my role', 'bank.com', '10', 'no_role', 'C++']
    const services = roles.map((role, at) => service(10 + at, { role }))
    const { text, leftOut } = renderHosts(DOCKER, { services, aliases: [] })
    assert.deepEqual(
      ours(text).map((line) => line.split(' ')[1]),
      ['no_role'],
    )
    assert.deepEqual(leftOut.map(({ name }) => name).sort(), ['10', 'C++', 'bank.com', 'my role'])
    assert.ok(leftOut.every(({ reason }) => reason === 'not a host name'))
  })

  test('never defines what another line defines already, in any case', () => {
    const current = `${DOCKER}10.0.0.1 Proxy other # web\n`
    const services = [service(1, { role: 'proxy' }), service(2, { role: '0123456789AB' }), web]
    const { text, leftOut } = renderHosts(current, { services, aliases: ['other'] })
    assert.deepEqual(ours(text), ['10.0.0.1 Proxy other', '172.17.0.4 web'])
    assert.deepEqual(leftOut.map(({ name }) => name).sort(), ['0123456789AB', 'other', 'proxy'])
  })

  test('gives a name to the older of two roles that differ only in case', () => {
    const late = service(1, { role: 'WEB', service: '172.17.0.7', timestamp: '2000' })
    const early = service(2, { role: 'web', service: '172.17.0.8', timestamp: '300' })
    assert.deepEqual(ours(render(DOCKER, late, early)), ['172.17.0.8 web'])
  })

  test('takes no name and no address that could break a line, even past the catalog', () => {
    for (const role of HOSTILE) {
      const services = [{ ...web, role }]
      const { text } = renderHosts(DOCKER, { services, aliases: [role] })
      for (const line of ours(text)) assert.match(line, /^(127\.0\.0\.1|172\.17\.0\.4) [\w-]+$/)
    }
  })

  test('keeps what others wrote byte for byte, wherever they wrote it', () => {
    const text = render(DOCKER, mysql, web)
    const later = '# a comment\r\n\n10.9.9.9\tm\xfcller  x\n'
    const moved = render(`${text}${later}`, mysql, web)
    assert.ok(moved.startsWith(`${DOCKER}# a comment\r\n\n10.9.9.9\tm\xfcller  x\n# begin`))
    assert.deepEqual(entries(moved).slice(-2), ['172.17.0.3 mysql', '172.17.0.4 web'])
    const inside = text.replace('172.17.0.4 web', '10.8.8.8 y\n172.17.0.4 web')
    assert.ok(entries(render(inside, mysql, web)).includes('10.8.8.8 y'))
    assert.ok(render(`${DOCKER}10.1.1.1 z`, web).startsWith(`${DOCKER}10.1.1.1 z\n# begin`))
    assert.ok(entries(render(`${text}10.1.1.1 z`, web)).includes('10.1.1.1 z'))
  })

  test('moves no line of another name when one comes, goes or changes', () => {
    const chance = createChance(6)
    let text = DOCKER
    for (let round = 0; round < 400; round++) {
      const services = Array.from({ length: 12 }, (_, at) => at)
        .filter(() => chance.below(3) > 0)
        .map((at) =>
          service(at + 1, { role: `role-${at}`, service: `10.0.${chance.below(2)}.${at}` }),
        )
      const next = render(text, ...services)
      for (const line of text.slice(DOCKER.length).split('\n')) {
        const [, name] = line.split(' ')
        if (!line.startsWith('10.') || !next.includes(` ${name} `)) continue
        assert.equal(next.indexOf(` ${name} `) >> 6, text.indexOf(` ${name} `) >> 6, name)
      }
      assert.equal(next, render(next, ...services))
      assert.equal(ours(next).length, services.length)
      text = next
    }
    assert.ok(text.length < DOCKER.length + 64 * 20, 'holes are used again')
  })

  test('stays as long when a few names go, and becomes shorter when many do', () => {
    const many = Array.from({ length: 60 }, (_, at) => service(at + 1, { role: `role-${at}` }))
    const text = render(DOCKER, ...many)
    const fewer = render(text, ...many.slice(0, 50))
    assert.equal(fewer.length, text.length)
    assert.equal(ours(fewer).length, 50)
    assert.equal(render(fewer, ...many.slice(0, 10)).length, text.length - 64 * (60 - 10 - 16))
  })

  test('has its lines at multiples of 64 bytes, so that no cut read splits one', () => {
    for (let size = 0; size < 70; size++) {
      const text = render(`${DOCKER}#${'x'.repeat(size)}\n`, mysql, web)
      assert.equal(text.indexOf('172.17.0.3 mysql') % 64, 0)
      assert.equal(text.length % 64, 0)
    }
  })
})

describe('a damaged block', () => {
  const whole = render(DOCKER, mysql, web)
  const block = whole.slice(DOCKER.length)

  test('that was cut anywhere is made whole, and nothing else is lost', () => {
    for (let cut = DOCKER.length; cut < whole.length; cut++) {
      const text = render(whole.slice(0, cut), web)
      const rest = entries(text).filter((line) => !entries(DOCKER).includes(line))
      // A cut within its first line leaves a comment that nobody can know for ours.
      assert.deepEqual(rest, ['172.17.0.4 web'], `cut at ${cut}`)
      assert.ok(text.startsWith(DOCKER))
    }
  })

  test('whose beginning was written over is made whole', () => {
    for (let cut = 1; cut < block.length; cut++) {
      const text = render(`${DOCKER}${block.slice(cut)}`, web)
      assert.deepEqual(ours(text), ['172.17.0.4 web'], `from ${cut}`)
    }
  })

  test('that is there twice, or twice begun, is there once', () => {
    for (const text of [`${whole}${block}`, `${DOCKER}${block.slice(0, 130)}${block}`]) {
      assert.deepEqual(ours(render(text, web)), ['172.17.0.4 web'])
      assert.equal(render(text, web).match(/^# begin/gm)?.length, 1)
    }
  })

  test('with the padding of a write that was not finished loses it', () => {
    assert.equal(render(`${whole}${'\n'.repeat(128)}`, mysql, web), whole)
    assert.equal(render(`${whole}\n\n10.1.1.1 z\n`, mysql, web).match(/\n\n/), null)
  })

  test('of any shape leaves foreign lines alone and becomes right in one step', () => {
    const chance = createChance(7)
    const pieces = [
      ...whole.split('\n').map((line) => `${line}\n`),
      '10.7.7.7 other\n',
      '\n',
      ' \n',
    ]
    for (let round = 0; round < 2_000; round++) {
      const mess = chance.times(12, () => chance.pick(pieces)).join('')
      const text = render(`${DOCKER}${mess}`, web, mysql)
      assert.deepEqual(entries(text).slice(-2).sort(), ['172.17.0.3 mysql', '172.17.0.4 web'])
      assert.equal(
        entries(text).filter((line) => line === '10.7.7.7 other').length,
        mess.split('10.7.7.7').length - 1,
      )
      assert.equal(render(text, web, mysql), text)
    }
  })
})
