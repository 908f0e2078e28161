import { Resolver } from 'node:dns/promises'
import { createInterface } from 'node:readline'
import { pause } from '../../src/lib/wait.ts'

// `dns-clock SERVER`: reads `name address`, asks the server for the name every 2 ms until it is at
// that address, and prints `address milliseconds` by the clock that all processes of the machine share.
const resolver = new Resolver({ timeout: 1_000, tries: 1 })
resolver.setServers([process.argv[2] ?? '127.0.0.1'])

const isAt = (name: string, address: string): Promise<boolean> =>
  resolver.resolve4(name).then(
    (found) => found.includes(address),
    () => false,
  )

const main = async (): Promise<void> => {
  console.log('ready')
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, address] = line.split(' ') as [string, string]
    while (!(await isAt(name, address))) await pause(2)
    console.log(`${address} ${Date.now()}`)
  }
}

void main()
