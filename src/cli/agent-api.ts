import { join } from 'node:path'
import { ApiError } from '../client/api-error.ts'
import type { AskOptions } from '../client/api-types.ts'
import { connect } from '../client/connect.ts'
import type { AskRecord } from '../events/types.ts'
import { CliError, type CliErrorCode } from './cli-error.ts'
import type { Context } from './command.ts'

type InNode = Pick<Context, 'runDir' | 'signal'>

const CODES: Record<number, CliErrorCode> = { 400: 'usage', 404: 'not-found', 413: 'usage' }

/**
 * No agent listens: whoever asked may turn to serf itself. One that ends later may have done what it
 * was asked for.
 */
export const isAway = (error: unknown): boolean =>
  error instanceof ApiError && (error.cause as { syscall?: unknown })?.syscall === 'connect'

const asCliError = (error: unknown, deed: string, hint?: string): unknown => {
  if (!(error instanceof ApiError) || isAway(error)) return error
  // The path says nothing to a person.
  const why = error.message.replace(/^\/v1\/\S+: /, '')
  const isUnknown = error.status === 0 && hint !== undefined
  return new CliError(CODES[error.status] ?? 'failed', `${deed}: ${why}`, isUnknown ? { hint } : {})
}

const MAY_BE_SENT = 'it may be sent all the same: serfnode events says so'

const open = ({ runDir }: InNode) => connect({ socketPath: join(runDir, 'control.sock') })

/** Raises an event by the agent of this node. Rejects with CliError, or with what `isAway` knows. */
export const raiseByAgent = async (
  name: string,
  payload: Uint8Array,
  context: InNode,
): Promise<void> => {
  const agent = open(context)
  try {
    await agent.raise(name, payload)
  } catch (error) {
    throw asCliError(error, 'send the event', MAY_BE_SENT)
  } finally {
    agent.close()
  }
}

/** Asks by the agent of this node. Throws CliError, or what `isAway` knows before any answer. */
export async function* askByAgent(
  name: string,
  payload: Uint8Array,
  { options, context }: { options: AskOptions; context: InNode },
): AsyncGenerator<AskRecord, void, undefined> {
  const agent = open(context)
  try {
    yield* agent.ask(name, payload, { ...options, signal: context.signal })
  } catch (error) {
    throw asCliError(error, 'ask the members')
  } finally {
    agent.close()
  }
}
