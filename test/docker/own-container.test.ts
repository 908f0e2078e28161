import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { containerIdOf } from '../../src/docker/own-container.ts'

const id = (digit: string) => digit.repeat(64)
const line = (container: string, mountPoint: string) =>
  `700 600 254:0 /var/lib/docker/containers/${container}/hosts ${mountPoint} rw - ext4 /dev/vda rw`

describe('the own container', () => {
  test("is that of the mount over /etc/hosts, whatever else of the host's is mounted", () => {
    const mounts = [
      line(id('b'), '/host/var/lib/docker/containers/bbb/hosts'),
      '600 500 0:50 / / rw - overlay overlay rw',
      line(id('a'), '/etc/hosts'),
    ].join('\n')
    assert.equal(containerIdOf(mounts), id('a'))
  })

  test('is unknown outside a container', () => {
    assert.equal(containerIdOf('1 0 254:0 / / rw - ext4 /dev/vda rw\n'), undefined)
  })
})
