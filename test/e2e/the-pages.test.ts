import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { API_TOOLS, buildApiTools } from '../support/api.ts'
import { addressOf, testCluster, untilState } from '../support/cluster.ts'
import { looked } from '../support/dns.ts'
import { inside } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'

/** The block of `language` below a heading of a page. */
const snippet = (page: string, heading: string, language: string): string => {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
  const part = text.split(`## ${heading}\n`)[1] ?? ''
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(part)?.[1]
  assert.ok(found, `${page}: ${heading}: no ${language}`)
  return found
}

/** Python runs in a child; Node in the node, which has the same network and folder. */
describe('the lines of the pages on names and events do what they say', () => {
  const cluster = testCluster('pages')
  const child = cluster.child('db', 'tools')
  let db: string

  before(async () => {
    await buildApiTools()
    const tools = { image: API_TOOLS, init: true, ports: ['5432'] }
    db = await cluster.start('db', { role: 'db', yml: JSON.stringify({ children: { tools } }) })
    await untilState(child, 'running')
    const address = await addressOf(db)
    await eventually(async () => {
      assert.deepEqual(await looked(child, 'getent', 'db.serf'), [address])
    })
  })
  after(() => cluster[Symbol.dispose]())

  const runNode = (text: string) => inside(db, 'node', '--input-type=module', '-e', text)
  const runPython = (text: string) => inside(child, 'python3', '-c', text)

  test('names: Python finds the address, Node the port', async () => {
    const found = await runPython(snippet('dns.md', 'From programs', 'python'))
    assert.match(found, new RegExp(`'${await addressOf(db)}', 5432`))
    const records = await runNode(snippet('dns.md', 'From programs', 'js'))
    assert.match(records, /port: 5432/)
  })

  test('the pipe: an event from sh, Python and Node', async () => {
    const ways = {
      sh: (text: string) => inside(child, 'sh', '-c', text),
      python: runPython,
      js: runNode,
    }
    for (const [at, [language, run]] of Object.entries(ways).entries()) {
      await run(snippet('events.md', 'The pipe', language))
      await eventually(async () => {
        const lines = (await inside(db, 'serfnode', 'events', '--json')).split('\n')
        const heard = lines.filter((line) => line.includes('"via":"pipe"'))
        assert.equal(heard.length, at + 1, language)
        assert.deepEqual(JSON.parse(JSON.parse(heard.at(-1) ?? '').payload), { version: 3 })
      })
    }
  })
})
