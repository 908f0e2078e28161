import { readFileSync } from 'node:fs'
import { connectSerf } from '../../src/serf/client.ts'

// `stream-clock PORT KEY_FILE`: prints `name payload nanoseconds` as soon as it has a record of a user
// event from serf's stream, by the clock that all processes of the machine share.
const [port, keyFile] = process.argv.slice(2) as [string, string]

const main = async (): Promise<void> => {
  const authKey = readFileSync(keyFile, 'utf8').trim()
  const serf = await connectSerf({ port: Number(port), authKey })
  const events = serf.stream('user')
  await events.ready
  console.log('ready')
  for await (const event of events) {
    const at = process.hrtime.bigint()
    if (event.type === 'user') console.log(`${event.name} ${Buffer.from(event.payload)} ${at}`)
  }
}

void main()
