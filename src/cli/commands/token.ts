import { join } from 'node:path'
import { readPeers, readSecret } from '../../cluster/state.ts'
import { encodeToken } from '../../cluster/token.ts'
import { readIfThere } from '../../lib/files.ts'
import { CliError } from '../cli-error.ts'
import { defineCommand, jsonOption, nodeOption } from '../command.ts'

type Options = { json?: boolean }

/** Enough to find one that still lives, and the token stays short. */
const MOST_SEEDS = 4

const readToken = async (runDir: string): Promise<string | undefined> => {
  const kept = await readSecret()
  const own = (await readIfThere(join(runDir, 'me')))?.trim()
  const seeds = [...new Set([...(own ? [own] : []), ...(await readPeers())])]
  return kept && encodeToken({ secret: kept.secret, seeds: seeds.slice(0, MOST_SEEDS) })
}

export const token = defineCommand<Options>({
  summary: 'print the token by which nodes join this cluster',
  description:
    'Whoever has the token is a full member of the cluster: hand it over in a file (SERFNODE_TOKEN_FILE), not on a command line.',
  arguments: [],
  options: [nodeOption(), jsonOption()],
  examples: [
    ['serfnode token > cluster.token', 'keep it in a file'],
    [
      'docker run -d -v $PWD/cluster.token:/cluster.token:ro -e SERFNODE_TOKEN_FILE=/cluster.token IMAGE',
      'and join with it on another host',
    ],
  ],
  place: 'node',
  run: async ({ json }, context) => {
    const text = await readToken(context.runDir)
    if (text === undefined) {
      throw new CliError('failed', 'print the join token: this node has no secret yet', {
        hint: 'it may wait for its cluster, or gossip in the clear (SERFNODE_INSECURE=1): serfnode logs',
      })
    }
    context.out.line(json ? JSON.stringify({ token: text }) : text)
    return 0
  },
})
