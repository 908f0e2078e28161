/** Container port and protocol to the ports it is reached at: `{ '5672/tcp': ['5672'] }`. */
export type Ports = Readonly<Record<string, readonly string[]>>

/**
 * A service as other nodes should use it: the node info of 2015, and the JSON in our files.
 * Everything in `ports` is reachable at `service_ip`. `timestamp` is the start of the node's
 * container in unix seconds.
 */
export type NodeInfo = Readonly<{
  /** The member name, `<name>.<6 hex>`. */
  id: string
  /** The name people see. */
  name: string
  role: string
  ports: Ports
  serf_ip: string
  serf_port: string
  service_ip: string
  service_port: string
  timestamp: string
}>
