import { join } from 'node:path'
import { readSecret } from '../../cluster/state.ts'
import { encodeToken } from '../../cluster/token.ts'
import { readIfThere } from '../../lib/files.ts'
import { CliError } from '../cli-error.ts'
import { defineCommand, jsonOption, nodeOption } from '../command.ts'

type Options = { json?: boolean }

// One seed: PEER takes a list separated by commas, so a token with several could not stand there.
const readToken = async (runDir: string): Promise<string | undefined> => {
  const kept = await readSecret()
  const own = (await readIfThere(join(runDir, 'me')))?.trim()
  return kept && encodeToken({ secret: kept.secret, seeds: own ? [own] : [] })
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
