import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { lineSplitter, parseLine, servePipe } from '../../src/events/pipe.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'

describe('a line of the pipe', () => {
  test('is a name and a payload, as JSON', () => {
    assert.deepEqual(parseLine('["deploy", {"v": 3}]'), { name: 'deploy', payload: '{"v":3}' })
    assert.deepEqual(parseLine('["tick"]'), { name: 'tick', payload: '' })
  })

  test('of any other form is refused, with what was found', () => {
    for (const line of ['', 'deploy', '{"a":1}', '[]', '[1]', '["a",1,2]', '[null,{}]', '["a"']) {
      assert.throws(() => parseLine(line), /expected \["event name", \{payload\}\], found /)
    }
  })

  test('is found wherever the bytes are cut', () => {
    const text = '["a",{"x":"é"}]\n\n["b"]\nrest'
    for (let cut = 0; cut <= text.length; cut++) {
      const lines: string[] = []
      const split = lineSplitter(
        (line) => lines.push(line),
        () => assert.fail(),
      )
      split(text.slice(0, cut))
      split(text.slice(cut))
      assert.deepEqual(lines, ['["a",{"x":"é"}]', '["b"]'])
    }
  })

  test('without an end is dropped, told once, and the next one is read', () => {
    const lines: string[] = []
    let tooLong = 0
    const split = lineSplitter(
      (line) => lines.push(line),
      () => {
        tooLong++
      },
    )
    for (let i = 0; i < 10; i++) split('x'.repeat(50_000))
    split('tail\n["next"]\n')
    assert.deepEqual([lines, tooLong], [['["next"]'], 1])
  })
})

describe('the pipe', () => {
  let dir: string
  let path: string
  const ended = new AbortController()
  const raised: { name: string; payload: string }[] = []
  const log = keptLog()
  let served: Promise<void>
  const write = async (text: string): Promise<void> => {
    const writer = spawn('sh', ['-c', 'cat > "$0"', path], { stdio: ['pipe', 'ignore', 'inherit'] })
    writer.stdin.end(text)
    await once(writer, 'exit')
  }
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'sn-pipe-'))
    path = join(dir, 'parent')
    served = servePipe({
      path,
      raise: async (name, payload) => {
        if (name === 'refused') throw new Error('too large')
        raised.push({ name, payload })
      },
      log,
      signal: ended.signal,
    })
  })
  after(async () => {
    ended.abort()
    await served
    rmSync(dir, { recursive: true })
  })

  test('takes lines of several writers, and a wrong one does not stop the next', async () => {
    await eventually(() => assert.equal(Boolean(lstatSync(path).isFIFO()), true))
    await write('["one", {"n": 1}]\nnonsense\n["refused"]\n')
    await write('["two", {"n": 2}]\n')
    await eventually(() => assert.equal(raised.length, 2))
    assert.deepEqual(raised, [
      { name: 'one', payload: '{"n":1}' },
      { name: 'two', payload: '{"n":2}' },
    ])
    assert.equal(log.lines.filter(({ message }) => message.includes('line refused')).length, 2)
  })

  test('can be written by any user', () => {
    assert.equal(execFileSync('stat', ['-c', '%a', path], { encoding: 'utf8' }).trim(), '666')
  })

  test('is made anew when it is removed or replaced, and a link is never followed', async () => {
    const secret = join(dir, 'secret')
    writeFileSync(secret, 'untouched')
    rmSync(path)
    symlinkSync(secret, path)
    await eventually(() => assert.equal(Boolean(lstatSync(path).isFIFO()), true), {
      within: 15_000,
    })
    await write('["three"]\n')
    await eventually(() => assert.equal(raised.at(-1)?.name, 'three'))
  })
})
