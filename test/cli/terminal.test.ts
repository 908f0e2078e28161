import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, test } from 'node:test'
import { createScreen } from '../../src/cli/screen.ts'
import { frameOf, withTerminal } from '../../src/cli/terminal.ts'

const ENTERED = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const LEFT = '\u001b[?7h\u001b[?25h\u001b[?1049l'

/** A terminal that remembers each write, and whether it is raw. */
const terminal = () => {
  const writes: string[] = []
  const raw: boolean[] = []
  const output = { isTTY: true, columns: 80, rows: 24, write: (text: string) => writes.push(text) }
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => raw.push(on),
  })
  return { writes, raw, input, stdin: input, out: createScreen(output as never, {}) }
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()))

describe('a frame', () => {
  test('is drawn over the one before, and clears what that left', () => {
    assert.equal(
      frameOf('one\ntwo\n', { columns: 80, rows: 24 }),
      '\u001b[H\u001b[Kone\r\n\u001b[Ktwo\u001b[J',
    )
  })

  test('never scrolls: what has no room is counted', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`).join('\n')
    const shown = frameOf(lines, { columns: 80, rows: 10 }).split('\r\n')
    assert.equal(shown.length, 10)
    assert.match(shown[8] ?? '', /line 8$/)
    assert.match(shown[9] ?? '', /… 21 more lines/)
    assert.equal(frameOf(lines, { columns: 80, rows: 30 }).split('\r\n').length, 30)
  })
})

describe('the terminal', () => {
  for (const key of ['q', 'Q', '\u0003', '\u0004']) {
    test(`is given back at ${JSON.stringify(key)}, and not before`, async () => {
      const { writes, raw, input, ...rest } = terminal()
      const ended = withTerminal(
        { ...rest, signal: new AbortController().signal },
        async (draw, quit) => {
          draw('x')
          input.write('another key')
          assert.equal(quit.aborted, false)
          input.write(key)
          await untilAborted(quit)
        },
      )
      await ended
      assert.equal(writes[0], ENTERED)
      assert.equal(writes.at(-1), LEFT)
      // One write a frame: nothing flickers.
      assert.equal(writes.length, 3)
      assert.deepEqual(raw, [true, false])
    })
  }

  test('is given back when a signal ends it, and when it fails', async () => {
    const first = terminal()
    const stop = new AbortController()
    await withTerminal({ ...first, signal: stop.signal }, async (_, quit) => {
      setImmediate(() => stop.abort())
      await untilAborted(quit)
    })
    const second = terminal()
    const failing = withTerminal({ ...second, signal: stop.signal }, async () => {
      throw new Error('broken')
    })
    await assert.rejects(failing, /broken/)
    for (const { writes, raw } of [first, second]) {
      assert.equal(writes.at(-1), LEFT)
      assert.deepEqual(raw, [true, false])
    }
  })

  test('needs no keys: input that is no terminal is left alone', async () => {
    const { raw, writes, ...rest } = terminal()
    rest.stdin.isTTY = false
    await withTerminal({ ...rest, signal: new AbortController().signal }, async (draw) => draw('x'))
    assert.deepEqual(raw, [])
    assert.equal(writes.at(-1), LEFT)
  })
})
