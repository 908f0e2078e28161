import { readFileSync } from 'node:fs'
import { serveControl } from './control.ts'
import { startFakeSerf } from './serf.ts'

// In the place of /usr/bin/serf in a node: `serf agent -config-file=FILE`.
const file = process.argv.find((argument) => argument.startsWith('-config-file='))
if (process.argv[2] !== 'agent' || file === undefined) {
  console.error('this is the fake serf of the bench: serf agent -config-file=FILE')
  process.exit(1)
}
const config = JSON.parse(readFileSync(file.slice('-config-file='.length), 'utf8'))
serveControl('/bench/control.sock', startFakeSerf(config))
process.on('SIGTERM', () => process.exit(0))
