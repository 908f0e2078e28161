import { count, flag, index, list, map, object, oneOf, text, time, to } from './shapes.ts'

const stale = { ...flag, description: 'Serf does not answer: this is what it last said.' }
const ports = {
  ...map(list(text())),
  description: 'Container port to the ports it is reached at: `{"80/tcp": ["80"]}`.',
}
const timestamp = text("The start of the node's container in unix seconds.")

const childFields = {
  name: text(),
  container: text('The name of its container.'),
  image: text(),
  state: oneOf(
    ...['waiting', 'pulling', 'starting', 'running', 'paused', 'backoff', 'stopping', 'stopped'],
  ),
  since: { ...time, description: 'In this state since.' },
  restarts: { ...count, description: 'By this agent.' },
  'last_reason?': text('Why it last ended, could not start, or was started again.'),
  'next_try?': time,
  'waiting_for?': list(text()),
  warnings: list(text()),
}

/** Members, services, the node and its children. */
export const nodeSchemas = {
  Member: object({
    id: text("Serf's member name."),
    name: text('The name people see.'),
    role: text(),
    addr: text(),
    port: count,
    status: oneOf('alive', 'leaving', 'left', 'failed', 'none'),
    tags: map(text()),
    'refused?': text('The field that may not enter: the member gives no service.'),
  }),
  Members: object({
    index,
    stale,
    self: text('The id of this node.'),
    members: list(to('Member')),
  }),
  Service: object({
    id: text('The member name.'),
    name: text(),
    role: text(),
    ports,
    serf_ip: text(),
    serf_port: text(),
    service_ip: text(),
    service_port: text(),
    timestamp,
  }),
  Services: object({ index, stale, services: list(to('Service')) }),
  Child: object(childFields),
  Children: object({ index, children: list(to('Child')) }),
  Node: object({
    index,
    id: text(),
    name: text(),
    role: text(),
    cluster: text(),
    version: text(),
    phase: oneOf('waiting', 'joining', 'up', 'stopping'),
    ports,
    serf_ip: text(),
    serf_port: text(),
    'service_ip?': text('Absent: the service is hidden.'),
    service_port: text(),
    timestamp,
    warnings: list(text()),
    children: list(to('Child')),
  }),
  LogLine: {
    description: 'One line of NDJSON; a failure in between is a last line with `error`.',
    oneOf: [
      object({ time, stream: oneOf('stdout', 'stderr'), line: text() }),
      object({ error: to('Problem') }),
    ],
  },
  Health: object({ status: oneOf('ok') }),
  Problem: object(
    {
      type: text('`urn:serfnode:problem:<code>`'),
      title: text(),
      status: count,
      detail: text(),
      code: text('One of a closed set.'),
    },
    'RFC 9457.',
  ),
}
