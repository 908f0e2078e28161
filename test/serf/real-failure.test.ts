import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectSerf } from '../../src/serf/client.ts'
import { eventually } from '../support/eventually.ts'
import { startSerf } from '../support/serf.ts'

test('a real serf that dies is failed for the other, until it is forced to have left', async () => {
  await using stays = await startSerf()
  await using dies = await startSerf()
  using serf = await connectSerf({ port: stays.rpcPort })
  await serf.join([dies.address])
  dies.kill()
  const is = async (status: string | undefined) =>
    eventually(
      async () => {
        const [member] = await serf.membersFiltered({ name: dies.name })
        assert.equal(member?.status, status)
      },
      { within: 20_000 },
    )
  await is('failed')
  await serf.forceLeave(dies.name)
  await is('left')
  await serf.forceLeave(dies.name, { prune: true })
  await is(undefined)
})
