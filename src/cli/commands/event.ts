import { join } from 'node:path'
import { ApiError } from '../../client/api-error.ts'
import { connect } from '../../client/connect.ts'
import { checkEvent, payloadRoom, USER_EVENT_LIMIT } from '../../events/limits.ts'
import { EVENTS_AT_ONCE, EVENTS_PER_SECOND } from '../../events/rate.ts'
import { CliError } from '../cli-error.ts'
import { argument, type Context, defineCommand, nodeOption } from '../command.ts'
import { openSerf } from '../open-serf.ts'
import { readStdin } from '../read-stdin.ts'

type Options = { name: string; payload?: string }

/** Whether the agent took it: it knows the rate of all that the node raises. */
const raiseByAgent = async (
  name: string,
  payload: Uint8Array,
  { runDir }: Pick<Context, 'runDir'>,
): Promise<boolean> => {
  const agent = connect({ socketPath: join(runDir, 'control.sock') })
  try {
    await agent.raise(name, payload)
    return true
  } catch (cause) {
    if (cause instanceof ApiError && cause.code === 'unreachable') return false
    throw new CliError('failed', 'send the event', { cause })
  } finally {
    agent.close()
  }
}

export const event = defineCommand<Options>({
  summary: 'send a user event to all members',
  description: `Name and payload share the ${USER_EVENT_LIMIT} bytes that gossip carries: with a name of 8 characters the payload has at most ${payloadRoom('8 long..')} bytes. A node raises ${EVENTS_PER_SECOND} events a second, ${EVENTS_AT_ONCE} at once; more are refused. Events of one name sent in a row all arrive, in no promised order.`,
  arguments: [
    argument('<name>', '1 to 64 printable characters without spaces'),
    argument('[payload]', 'the payload; - reads it from stdin'),
  ],
  options: [nodeOption()],
  examples: [
    ['serfnode event deploy v42', 'tell everybody'],
    [
      'echo \'{"tag": "v42"}\' | serfnode event deploy -',
      'with a payload that stays off the command line',
    ],
  ],
  place: 'node',
  readsStdin: ({ payload }) => payload === '-',
  run: async ({ name, payload }, context) => {
    const bytes = payload === '-' ? await readStdin(context.stdin) : Buffer.from(payload ?? '')
    try {
      checkEvent(name, bytes)
    } catch (cause) {
      throw new CliError('usage', 'send the event', { cause })
    }
    if (await raiseByAgent(name, bytes, context)) return 0
    // Without an agent there is serf itself.
    using serf = await openSerf(context)
    await serf.event(name, bytes, { coalesce: false })
    return 0
  },
})
