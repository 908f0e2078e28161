import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { jsonLines } from '../../src/docker/json-lines.ts'
import { all, cuts, malformed, pieces } from './rude-engine.ts'

describe('JSON lines', () => {
  test('come out the same wherever they are cut, blank lines and CRLF aside', async () => {
    const bytes = Buffer.from('{"a":"é\\n"}\r\n\n{"b":2}\n{"c":3}')
    for (const parts of cuts(bytes)) {
      assert.deepEqual(await all(jsonLines(pieces(...parts), 'read')), [
        { a: 'é\n' },
        { b: 2 },
        { c: 3 },
      ])
    }
  })

  test('that are cut off, no JSON, no object or endless are malformed', async () => {
    for (const text of ['{"a":1}\n{"b', 'oops\n', '[1]\n"x"\n', 'null\n']) {
      await assert.rejects(all(jsonLines(pieces(Buffer.from(text)), 'read')), malformed)
    }
    const long = pieces(Buffer.from(`{"a":"${'x'.repeat(5 << 20)}`), Buffer.from('"}\n'))
    await assert.rejects(all(jsonLines(long, 'read')), malformed)
  })
})
