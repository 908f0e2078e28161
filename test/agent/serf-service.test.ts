import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { describe, test } from 'node:test'
import { listenerAt } from '../../src/agent/serf-service.ts'

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
const line = (local: string, state: string, inode: number) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 60000        0 ${inode} 1 ffff 100 0 0 10 0`

describe('who listens at the port of the RPC', () => {
  test('is the socket that listens on loopback, or on all addresses', () => {
    // 0x1CCD is 7373.
    const table = [
      HEAD,
      line('0100007F:1CCD', '01', 11),
      line('020011AC:1CCD', '0A', 12),
      line('00000000:1CCD', '0A', 13),
      line('0100007F:1CCD', '0A', 14),
    ]
    assert.equal(listenerAt(table.join('\n'), 7373), '14')
    assert.equal(listenerAt(table.slice(0, 4).join('\n'), 7373), '13')
    assert.equal(listenerAt(table.slice(0, 3).join('\n'), 7373), undefined)
    assert.equal(listenerAt(table.join('\n'), 7374), undefined)
  })

  test('is found in the table of this very machine', async () => {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    assert.match(listenerAt(await readFile('/proc/net/tcp', 'utf8'), port) ?? '', /^\d+$/)
    await new Promise((done) => server.close(done))
    assert.equal(listenerAt(await readFile('/proc/net/tcp', 'utf8'), port), undefined)
  })
})
