import { readMember, STATUSES } from '../../catalog/member.ts'
import { countMorePorts } from '../../catalog/more-ports.ts'
import type { Ports } from '../../catalog/node-info.ts'
import { decodePorts } from '../../catalog/ports.ts'
import type { SerfMember } from '../../serf/client.ts'
import { defineCommand, jsonOption, nodeOption, option } from '../command.ts'
import { showSpan } from '../duration.ts'
import { openSerf } from '../open-serf.ts'
import { type Column, renderTable } from '../table.ts'

type Options = { role?: string; status?: string; json?: boolean }

/** A member as `members --json` prints it: the names of NodeInfo, and Serf's status. */
export type ListedNode = {
  id: string
  name: string
  role: string
  status: string
  serf_ip: string
  serf_port: string
  /** Absent while the node has no service. */
  service_ip?: string
  service_port?: string
  ports: Ports
  /** How many more the node has than its tags had room for; its neighbours ask it for them. */
  more_ports?: number
  timestamp?: string
  /** The field that the cluster does not believe; such a member gives no service. */
  refused?: string
}

/** A member of Serf's list, every text safe to print. */
export const listedNode = (serfMember: SerfMember): ListedNode => {
  const { member } = readMember(serfMember)
  const { tags } = member
  const more_ports = countMorePorts(tags)
  return {
    id: member.id,
    name: member.name,
    role: member.role,
    status: member.status,
    serf_ip: tags['ip'] ?? member.addr,
    serf_port: tags['serf_port'] ?? String(member.port),
    ...(tags['service'] && { service_ip: tags['service'] }),
    ...(tags['service_port'] && { service_port: tags['service_port'] }),
    ports: decodePorts(tags['ports'] ?? '') ?? {},
    ...(more_ports > 0 && { more_ports }),
    ...(tags['timestamp'] && { timestamp: tags['timestamp'] }),
    ...(member.refused && { refused: member.refused }),
  }
}

/** Ports as people write them: `80`, `8080->80`, `53/udp`; `more` are known by their number only. */
export const showPorts = (ports: Ports, more = 0): string => {
  const known = Object.entries(ports).flatMap(([key, outside]) => {
    const [inside, protocol] = key.split('/')
    const suffix = protocol === 'tcp' ? '' : `/${protocol}`
    return outside.map((port) => (port === inside ? port : `${port}->${inside}`) + suffix)
  })
  return known.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

const columns = (nowMs: number): Column<ListedNode>[] => [
  { title: 'NAME', value: ({ name }) => name, rank: 0, least: 12 },
  { title: 'ROLE', value: ({ role }) => role, rank: 2, least: 8 },
  {
    title: 'STATUS',
    value: ({ status }) => status,
    style: ({ status }) =>
      status === 'alive' ? 'green' : status === 'failed' ? 'red' : ('dim' as const),
    rank: 1,
    cut: 'never',
  },
  {
    title: 'ADDRESS',
    value: ({ serf_ip, serf_port }) => `${serf_ip}:${serf_port}`,
    rank: 3,
    least: 15,
  },
  {
    title: 'PORTS',
    value: ({ ports, more_ports }) => showPorts(ports, more_ports),
    rank: 6,
    least: 8,
    cut: 'end',
  },
  {
    title: 'AGE',
    value: ({ timestamp }) => (timestamp ? showSpan(nowMs - Number(timestamp) * 1000) : ''),
    rank: 5,
    cut: 'never',
  },
  {
    title: 'NOTE',
    value: ({ refused, service_ip, status }) => {
      if (refused) return `refused: bad ${refused}`
      return service_ip === undefined && status === 'alive' ? 'no service yet' : ''
    },
    style: () => 'yellow',
    rank: 4,
    cut: 'below',
    optional: true,
  },
]

export const members = defineCommand<Options>({
  summary: 'list the members of the cluster',
  description: 'As one node sees them. A node has a service when all its lasting children run.',
  arguments: [],
  options: [
    option('--role <role>', 'only members of this role'),
    option('--status <status>', 'only members in this state').choices(STATUSES),
    nodeOption(),
    jsonOption(),
  ],
  examples: [
    ['serfnode members', 'everybody, as a table'],
    ['serfnode members --role web --status alive --json', 'the living web nodes, for a program'],
  ],
  place: 'node',
  run: async ({ role, status, json }, context) => {
    using serf = await openSerf(context)
    const listed = (await serf.members())
      .map(listedNode)
      .filter((one) => role === undefined || one.role === role)
      .filter((one) => status === undefined || one.status === status)
      .sort((a, b) => (a.role === b.role ? (a.name < b.name ? -1 : 1) : a.role < b.role ? -1 : 1))
    if (json) context.out.line(JSON.stringify(listed, null, 2))
    else context.out.write(renderTable(columns(Date.now()), listed, context.out))
    return 0
  },
})
