import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { BASE, testCluster, untilMembers } from '../support/cluster.ts'
import { docker, inside, TEST_LABEL } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'

/** Listens where serf does, prints all that comes in, and ends after a few seconds. */
const SQUATTER = `
  use IO::Socket::INET; use IO::Select; $| = 1;
  my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1:7373', Listen => 5, ReuseAddr => 1) or die $!;
  print "listening\\n"; my $select = IO::Select->new($server); my $until = time + 4;
  while (time < $until) {
    for my $ready ($select->can_read(0.2)) {
      if ($ready == $server) { print "connected\\n"; $select->add($server->accept) }
      else { sysread($ready, my $bytes, 4096) or $select->remove($ready); print "got $bytes\\n" }
    }
  }`

describe("a child that takes the port of serf's RPC while serf is down", () => {
  const cluster = testCluster('squatted')
  let node: string
  before(async () => {
    node = await cluster.start('a', { role: 'db' })
    await untilMembers(node, 1)
  })
  after(() => cluster[Symbol.dispose]())

  test('is not spoken to, and is told of; serf is back when the port is free', async () => {
    await inside(node, 's6-svc', '-wD', '-d', '/run/service/serf')
    const label = `${TEST_LABEL}=${cluster.cluster}`
    const options = ['--rm', '--label', label, '--user', '1234', '--cap-drop', 'ALL']
    const where = ['--network', `container:${node}`, BASE]
    const heard = await docker('run', ...options, ...where, 'perl', '-e', SQUATTER)
    assert.equal(heard, 'listening')
    assert.match(await docker('logs', node), /port 7373 on loopback is held by something/)
    await inside(node, 's6-svc', '-u', '/run/service/serf')
    await eventually(async () => {
      const status = JSON.parse(await inside(node, 'cat', '/run/serfnode/status.json'))
      assert.deepEqual([status.phase, status.warnings], ['up', []])
    })
    await untilMembers(node, 1)
  })
})
