import { join } from 'node:path'
import { readIfThere } from '../lib/files.ts'
import { connectSerf, type SerfConnection } from '../serf/client.ts'
import { CliError } from './cli-error.ts'
import type { Context } from './command.ts'

const DOWN_HINT =
  'serf may be starting, or the node waits for the secret of its cluster: serfnode logs says which'

/** What the node we are in wrote of itself at its start; empty when it has not come so far. */
export const readOwnBoot = async (
  runDir: string,
): Promise<{ id?: string; rpcAuth?: string; rpc_port?: number }> =>
  JSON.parse((await readIfThere(join(runDir, 'boot.json'))) ?? '{}')

/** A connection to the serf of the node we are in. Rejects with CliError `failed` when it is down. */
export const openSerf = async ({
  runDir,
  env,
  signal,
}: Pick<Context, 'runDir' | 'env' | 'signal'>): Promise<SerfConnection> => {
  const boot = await readOwnBoot(runDir)
  const authKey = (await readIfThere(join(runDir, 'rpc-auth')))?.trim() ?? boot.rpcAuth ?? ''
  const port = Number(boot.rpc_port ?? env['RPC_PORT'] ?? 7373)
  try {
    return await connectSerf({ port, authKey, signal })
  } catch (cause) {
    throw new CliError('failed', 'ask serf', { cause, hint: DOWN_HINT })
  }
}
