import { readFile } from 'node:fs/promises'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

/**
 * The IPv4 address of the interface that the default route leaves by, else the first that is not
 * loopback; undefined without a network. `routes` is /proc/net/route.
 */
export const addressFrom = (interfaces: Interfaces, routes: string): string | undefined => {
  const defaultRoute = routes
    .split('\n')
    .map((line) => line.split('\t'))
    .find(([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000')
  const names = Object.keys(interfaces)
  const ordered = [...names.filter((name) => name === defaultRoute?.[0]), ...names]
  for (const name of ordered) {
    const found = interfaces[name]?.find(({ family, internal }) => family === 'IPv4' && !internal)
    if (found) return found.address
  }
  return undefined
}

export const ownAddress = async (): Promise<string | undefined> =>
  addressFrom(networkInterfaces(), await readFile('/proc/net/route', 'utf8'))
