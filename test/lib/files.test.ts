import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { clearPlace, writeAtomic, writeLasting } from '../../src/lib/files.ts'

describe('a file in a folder that others write to', () => {
  let root: string
  let shared: string
  let precious: string
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'sn-files-'))
  })
  beforeEach(() => {
    rmSync(root, { recursive: true })
    shared = join(root, 'shared')
    precious = join(root, 'precious')
    mkdirSync(shared, { recursive: true })
    mkdirSync(precious)
    writeFileSync(join(precious, 'file'), 'untouched')
  })
  after(() => rmSync(root, { recursive: true }))
  const untouched = () => assert.equal(readFileSync(join(precious, 'file'), 'utf8'), 'untouched')

  for (const write of [writeAtomic, writeLasting]) {
    test(`is replaced as a whole by ${write.name}, and nothing is left beside it`, async () => {
      const path = join(shared, 'a.json')
      await write(path, 'one')
      await write(path, 'two', 0o600)
      assert.equal(readFileSync(path, 'utf8'), 'two')
      assert.equal(statSync(path).mode & 0o777, 0o600)
      assert.ok(!existsSync(`${path}.new`))
    })
  }

  test('is never written through a link, whether at its place or beside it', async () => {
    const path = join(shared, 'a.json')
    symlinkSync(join(precious, 'file'), path)
    symlinkSync(join(precious, 'file'), `${path}.new`)
    await writeAtomic(path, 'mine')
    assert.equal(readFileSync(path, 'utf8'), 'mine')
    untouched()
  })

  test('takes the place of a folder, and what links in it lead to stays', async () => {
    const path = join(shared, 'a.json')
    mkdirSync(join(path, 'deep'), { recursive: true })
    symlinkSync(precious, join(path, 'deep', 'out'))
    await clearPlace(path)
    assert.ok(!existsSync(path))
    untouched()
    mkdirSync(`${path}.new`)
    symlinkSync(precious, join(`${path}.new`, 'out'))
    await writeAtomic(path, 'mine')
    untouched()
  })

  test('a link to a folder is removed itself', async () => {
    symlinkSync(precious, join(shared, 'link'))
    await clearPlace(join(shared, 'link'))
    untouched()
    await clearPlace(join(shared, 'not there'))
  })
})
