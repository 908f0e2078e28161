import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { decode, encode, RECURSION_DESIRED } from 'dns-packet'

export type Wanted = {
  host: string
  port: number
  name: string
  type: 'A' | 'AAAA'
  timeoutMs: number
}

/**
 * The addresses that a server tells for a name. Throws when it tells an error, says nothing in
 * time, or is not there.
 */
export const askAddresses = async (wanted: Wanted): Promise<string[]> => {
  const { host, port, name, type, timeoutMs } = wanted
  const socket = createSocket('udp4')
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    // Connected, so that nobody there is known at once, and nobody else can answer.
    socket.connect(port, host)
    await once(socket, 'connect', { signal })
    const id = Math.floor(Math.random() * 0x10000)
    const questions = [{ name, type, class: 'IN' as const }]
    socket.send(encode({ type: 'query', id, flags: RECURSION_DESIRED, questions }))
    const [message] = (await once(socket, 'message', { signal })) as [Buffer]
    const { answers = [], rcode } = decode(message) as ReturnType<typeof decode> & { rcode: string }
    if (rcode !== 'NOERROR') throw new Error(`${name}: ${rcode}`)
    return answers.flatMap((each) => (each.type === type ? each.data : []))
  } finally {
    socket.close()
  }
}
