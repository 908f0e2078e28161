import { openContext } from './open-context.ts'
import { runCli } from './run-cli.ts'

const interrupt = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // The second one is the system's: whoever is impatient gets out at once.
  process.once(name, () => interrupt.abort(new Error(`interrupted by ${name}`)))
}
// The reader has what it wanted: serfnode members | head -1.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

runCli(process.argv.slice(2), openContext(interrupt.signal)).then((code) => {
  // Left-over handles (a stream given up at a deadline) must not hold the prompt; output must be out.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
})
