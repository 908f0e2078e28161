import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { demux } from '../../src/docker/demux.ts'
import { all, cuts, malformed, pieces } from './rude-engine.ts'

const frame = (stream: number, text: string): Buffer => {
  const header = Buffer.alloc(8)
  header.writeUInt8(stream, 0)
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

const read = async (parts: Buffer[]) => {
  const out = { stdout: '', stderr: '' }
  for await (const { stream, data } of demux(pieces(...parts), 'read')) {
    out[stream] += data.toString('latin1')
  }
  return out
}

describe('multiplexed output', () => {
  const bytes = Buffer.concat([
    frame(1, 'one'),
    frame(2, 'two'),
    frame(1, ''),
    frame(0, 'x'),
    frame(1, 'three'),
  ])

  test('comes apart the same wherever it is cut', async () => {
    for (const parts of cuts(bytes)) {
      assert.deepEqual(await read(parts), { stdout: 'onexthree', stderr: 'two' })
    }
  })

  test('that ends within a frame is malformed, wherever it ends', async () => {
    const whole = frame(1, 'abc')
    for (let end = 1; end < whole.length; end += 1) {
      await assert.rejects(read([whole.subarray(0, end)]), malformed)
    }
    assert.deepEqual(await read([]), { stdout: '', stderr: '' })
  })

  test('without frames is malformed', async () => {
    await assert.rejects(read([Buffer.from('plain text')]), malformed)
    const frameOf4GiB = async function* () {
      yield Buffer.from([1, 0, 0, 0, 255, 255, 255, 255])
      assert.fail('read on')
    }
    await assert.rejects(all(demux(frameOf4GiB(), 'read')), malformed)
  })

  test('carries the failure of the engine', async () => {
    await assert.rejects(read([frame(3, 'log driver gone')]), {
      code: 'server',
      message: 'read: log driver gone',
    })
  })
})
