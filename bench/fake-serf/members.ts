import { encode } from '@msgpack/msgpack'

export type FakeMember = {
  name: string
  /** Four numbers of an IPv4 address. */
  addr: readonly [number, number, number, number]
  port: number
  tags: Record<string, string>
  status: 'alive' | 'left'
}

/** A member that is a node with a service under a role of its own. */
export const fakeMember = (index: number, startedAt: number): FakeMember => {
  const addr = [10, 99, Math.floor(index / 250), 1 + (index % 250)] as const
  const role = `role${index}`
  return {
    name: `${role}.${index.toString(16).padStart(6, '0')}`,
    addr,
    port: 7946,
    status: 'alive',
    tags: tagsOf(role, addr.join('.'), startedAt),
  }
}

const tagsOf = (role: string, ip: string, startedAt: number): Record<string, string> => ({
  name: role,
  role,
  ip,
  serf_port: '7946',
  service: ip,
  service_port: '8080',
  ports: '8080t8080|5672t5672',
  timestamp: startedAt.toFixed(3),
})

/** The same member after its service has moved to another address. */
export const moved = (member: FakeMember, addr: FakeMember['addr']): FakeMember => ({
  ...member,
  addr,
  tags: { ...member.tags, ip: addr.join('.'), service: addr.join('.') },
})

/** As Serf sends it: the address as the 16 bytes of Go's net.IP. */
const wireOf = ({ name, addr, port, tags, status }: FakeMember) => ({
  Name: name,
  Addr: Uint8Array.from([...new Array(10).fill(0), 0xff, 0xff, ...addr]),
  Port: port,
  Tags: tags,
  Status: status,
  ProtocolMin: 1,
  ProtocolMax: 5,
  ProtocolCur: 2,
  DelegateMin: 2,
  DelegateMax: 5,
  DelegateCur: 5,
})

/**
 * The list of members, each encoded once: what the fake itself takes for an answer must not count
 * against the agent.
 */
export const createMembers = () => {
  const all = new Map<string, { member: FakeMember; bytes: Uint8Array }>()
  return {
    get: (name: string): FakeMember | undefined => all.get(name)?.member,
    set: (member: FakeMember): void => {
      all.set(member.name, { member, bytes: encode(wireOf(member)) })
    },
    remove: (name: string): boolean => all.delete(name),
    names: (): string[] => [...all.keys()],
    /** The body of the answer to `members`, or to `members-filtered` by a name's expression. */
    encoded: (name = ''): Uint8Array => {
      const fits = new RegExp(`^${name || '.*'}$`)
      const listed = [...all.values()].filter(({ member }) => fits.test(member.name))
      const head = Buffer.from([0x81, ...encode('Members'), 0xdd, 0, 0, 0, 0])
      head.writeUInt32BE(listed.length, head.length - 4)
      return Buffer.concat([head, ...listed.map(({ bytes }) => bytes)])
    },
    /** The body of a member event. */
    event: (type: string, member: FakeMember): Uint8Array =>
      encode({ Event: type, Members: [wireOf(member)] }),
  }
}

export type Members = ReturnType<typeof createMembers>
