import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, test } from 'node:test'

const root = resolve(import.meta.dirname, '..')

/** Which folder may import which; the drawing in docs/architecture.md says why. */
const MAY_IMPORT: Record<string, string[]> = {
  lib: [],
  serf: ['lib'],
  docker: ['lib'],
  config: ['lib'],
  catalog: ['lib', 'serf:types'],
  cluster: ['lib', 'catalog', 'serf:types'],
  surfaces: ['lib', 'catalog', 'events:types', 'handlers:types'],
  events: ['lib', 'catalog'],
  handlers: ['lib', 'catalog', 'events', 'client:types'],
  client: [],
  children: ['lib', 'docker', 'catalog', 'config:types'],
  agent: [
    ...['lib', 'serf', 'catalog', 'cluster', 'surfaces', 'events', 'handlers', 'docker'],
    ...['children', 'config'],
  ],
  cli: [
    ...['lib', 'serf', 'catalog', 'cluster', 'events', 'handlers', 'client', 'docker', 'children'],
    'config',
  ],
}

const filesBelow = (dir: string, ending: string): string[] =>
  existsSync(dir)
    ? readdirSync(dir).flatMap((name) => {
        const path = join(dir, name)
        if (statSync(path).isDirectory()) return filesBelow(path, ending)
        return name.endsWith(ending) ? [path] : []
      })
    : []

type Import = { from: string; to: string; types: boolean; text: string }

const importsOf = (file: string): Import[] => {
  const source = readFileSync(file, 'utf8')
  const statements = source.matchAll(/(?:import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']+)'/g)
  const dynamic = source.matchAll(/()import\('(\.[^']+)'\)/g)
  return [...statements, ...dynamic].map(([text, types, path]) => ({
    from: relative(join(root, 'src'), file),
    to: relative(join(root, 'src'), resolve(file, '..', path ?? '')),
    types: types !== undefined && types !== '',
    text: text.split('\n')[0] ?? '',
  }))
}

const folderOf = (path: string): string => path.split('/')[0] ?? ''

describe('the house', () => {
  const sources = filesBelow(join(root, 'src'), '.ts')

  test('has only folders that the import table knows', () => {
    const folders = new Set(sources.map((file) => folderOf(relative(join(root, 'src'), file))))
    assert.deepEqual(
      [...folders].filter((folder) => !(folder in MAY_IMPORT)),
      [],
    )
    assert.ok(sources.length > 20)
  })

  test('imports along the flow only', () => {
    const wrong = sources.flatMap(importsOf).filter(({ from, to, types }) => {
      const [asker, asked] = [folderOf(from), folderOf(to)]
      if (asker === asked || to.startsWith('..')) return false
      const allowed = MAY_IMPORT[asker] ?? []
      return !allowed.includes(asked) && !(types && allowed.includes(`${asked}:types`))
    })
    assert.deepEqual(wrong, [])
  })

  test('keeps surfaces apart from each other, each with a README of the four parts', () => {
    const surfaces = readdirSync(join(root, 'src/surfaces'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
    for (const surface of surfaces) {
      const readme = readFileSync(join(root, 'src/surfaces', surface, 'README.md'), 'utf8')
      for (const part of ['Name', 'Description', 'Settings', 'Examples']) {
        assert.match(readme, new RegExp(`^## ${part}`, 'm'), `${surface}/README.md: ${part}`)
      }
      const others = surfaces.filter((other) => other !== surface)
      const wrong = filesBelow(join(root, 'src/surfaces', surface), '.ts')
        .flatMap(importsOf)
        .filter(({ to }) => others.some((other) => to.startsWith(`surfaces/${other}/`)))
      assert.deepEqual(wrong, [])
    }
  })

  test('has small files', () => {
    const long = [...sources, ...filesBelow(join(root, 'test'), '.ts')]
      .map((file) => ({
        file: relative(root, file),
        lines: readFileSync(file, 'utf8').split('\n').length,
      }))
      .filter(({ lines }) => lines > 300)
    assert.deepEqual(long, [])
  })

  test('links in its documents lead somewhere', () => {
    const documents = ['', 'docs', 'examples', 'src', 'templates'].flatMap((dir) =>
      dir === ''
        ? readdirSync(root).filter((name) => name.endsWith('.md'))
        : filesBelow(join(root, dir), '.md').map((file) => relative(root, file)),
    )
    const broken = documents.flatMap((document) =>
      [...readFileSync(join(root, document), 'utf8').matchAll(/\]\(([^)#:\s]+)(#[^)]*)?\)/g)]
        .map(([, link]) => link ?? '')
        .filter((link) => !existsSync(join(root, document, '..', link)))
        .map((link) => `${document}: ${link}`),
    )
    assert.deepEqual(broken, [])
  })
})
