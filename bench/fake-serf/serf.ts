import type { Server } from 'node:net'
import { encode } from '@msgpack/msgpack'
import { answer } from './commands.ts'
import { createMembers, type FakeMember, fakeMember, type Members, moved } from './members.ts'
import { serveRpc } from './rpc.ts'

/** The part of Serf's configuration that the fake reads. */
export type FakeConfig = {
  node_name: string
  advertise: string
  rpc_addr: string
  rpc_auth: string
  tags: Record<string, string>
}

export type Tell = (
  type: 'member-join' | 'member-leave' | 'member-update',
  member: FakeMember,
) => void

export type FakeSerf = {
  server: Server
  members: Members
  /** So many members beside the own, all at once; Serf tells of each. */
  setMembers: (count: number) => void
  /** Moves a member's service to another address, and gives it. */
  move: (index: number) => string
  /** A member joins when it is not there, and leaves when it is. */
  toggle: (index: number) => void
}

/** Serf holds member events back for a second; its log has them at once. */
const COALESCED_MS = 1_000
const STARTED_AT = 1_700_000_000

const split = (address: string): { host: string; port: number } => {
  const at = address.lastIndexOf(':')
  return { host: address.slice(0, at), port: Number(address.slice(at + 1)) }
}

/** A Serf that says what it is told to: its RPC is real, its cluster is a list. */
export const startFakeSerf = (config: FakeConfig): FakeSerf => {
  const members = createMembers()
  const advertise = split(config.advertise)
  const own: FakeMember = {
    name: config.node_name,
    addr: advertise.host.split('.').map(Number) as unknown as FakeMember['addr'],
    port: advertise.port,
    tags: config.tags,
    status: 'alive',
  }
  members.set(own)
  const rpc = serveRpc(split(config.rpc_addr), (asked, client) => {
    answer(asked, { client, members, config, tell: (type, member) => tell(type, member) })
  })

  const tell: Tell = (type, member) => {
    const word = type.replace('member-', '')
    const line = `[INFO] serf: EventMember${word[0]?.toUpperCase()}${word.slice(1)}: ${member.name}`
    const log = encode({ Log: `2026/01/01 00:00:00 ${line}` })
    for (const client of rpc.clients) for (const seq of client.monitors) client.answer(seq, log)
    setTimeout(() => {
      const event = members.event(type, member)
      for (const client of rpc.clients) for (const seq of client.streams) client.answer(seq, event)
    }, COALESCED_MS).unref()
  }

  return {
    server: rpc.server,
    members,
    setMembers: (count) => {
      for (const name of members.names()) if (name !== own.name) members.remove(name)
      for (let index = 0; index < count; index += 1) members.set(fakeMember(index, STARTED_AT))
      tell('member-join', fakeMember(0, STARTED_AT))
    },
    move: (index) => {
      const member = members.get(fakeMember(index, STARTED_AT).name)
      if (!member) throw new RangeError(`no member ${index}`)
      const [a, b, c, d] = member.addr
      const next = moved(member, [a, b === 99 ? 98 : 99, c, d])
      members.set(next)
      tell('member-update', next)
      return next.addr.join('.')
    },
    toggle: (index) => {
      const member = fakeMember(index, STARTED_AT)
      const left = members.remove(member.name)
      if (!left) members.set(member)
      tell(left ? 'member-leave' : 'member-join', member)
    },
  }
}
