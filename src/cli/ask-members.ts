import { readMember } from '../catalog/member.ts'
import { createAsk } from '../events/ask.ts'
import type { AskRecord, AskRequest } from '../events/types.ts'
import { askByAgent, isAway } from './agent-api.ts'
import { CliError } from './cli-error.ts'
import type { Context } from './command.ts'
import { openSerf, readOwnBoot } from './open-serf.ts'

/** The time-outs that the agent's API takes. */
const AGENT_MS = { least: 50, most: 60_000 }

/**
 * Asks as the node we are in: by its agent, since Serf logs an error when a client hangs up on a
 * query and the agent stays; by serf itself when no agent is there. Throws CliError or EventError.
 */
export async function* askMembers(
  request: AskRequest,
  context: Context,
): AsyncGenerator<AskRecord, void, undefined> {
  const bySerf = await askBySerf(request, context)
  const { name, payload, filter = {}, timeoutMs } = request
  if (timeoutMs === undefined || (timeoutMs >= AGENT_MS.least && timeoutMs <= AGENT_MS.most)) {
    const options = { ...filter, ...(timeoutMs !== undefined && { timeoutMs }) }
    try {
      return yield* askByAgent(name, payload, { options, context })
    } catch (error) {
      if (!isAway(error)) throw error
    }
  }
  yield* bySerf()
}

/** By serf itself; checks the request at once, and connects when the first record is wanted. */
const askBySerf = async (request: AskRequest, context: Context) => {
  const { id = '' } = await readOwnBoot(context.runDir)
  let serf: Awaited<ReturnType<typeof openSerf>> | undefined
  const connected = () => {
    if (!serf) throw new CliError('failed', 'ask serf: not connected')
    return serf
  }
  const ask = createAsk({
    self: id,
    serf: connected,
    members: async () => (await connected().members()).map((one) => readMember(one).member),
  })
  const records = ask(request, context.signal)
  return async function* (): AsyncGenerator<AskRecord, void, undefined> {
    serf = await openSerf(context)
    try {
      yield* records
    } finally {
      serf.close()
    }
  }
}
