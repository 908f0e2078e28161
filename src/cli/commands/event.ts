import { checkEvent, payloadRoom, USER_EVENT_LIMIT } from '../../events/limits.ts'
import { EVENTS_AT_ONCE, EVENTS_PER_SECOND } from '../../events/rate.ts'
import { isAway, raiseByAgent } from '../agent-api.ts'
import { CliError } from '../cli-error.ts'
import { argument, defineCommand, nodeOption } from '../command.ts'
import { openSerf } from '../open-serf.ts'
import { readStdin } from '../read-stdin.ts'

type Options = { name: string; payload?: string }

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
    try {
      // It knows the rate of all that the node raises.
      await raiseByAgent(name, bytes, context)
      return 0
    } catch (error) {
      if (!isAway(error)) throw error
    }
    using serf = await openSerf(context)
    await serf.event(name, bytes, { coalesce: false })
    return 0
  },
})
