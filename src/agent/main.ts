import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { ClusterError } from '../cluster/cluster-error.ts'
import { decodeToken } from '../cluster/token.ts'
import { ConfigError } from '../config/config-error.ts'
import { loadSettings } from '../config/load-settings.ts'
import { readTextFile } from '../config/text-file.ts'
import { describeError } from '../lib/errors.ts'
import { createLog } from '../lib/log.ts'
import { tokensOf } from './membership.ts'
import { PROJECT_FILE, STOPPING_FILE } from './paths.ts'
import { runNode } from './run-node.ts'

const readProjectText = async (): Promise<string | undefined> => {
  if (!existsSync(PROJECT_FILE)) return undefined
  try {
    return await readTextFile(PROJECT_FILE)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // Docker makes a folder where the file of a `-v` is missing on the host.
    const isFolder = code === 'EISDIR'
    const why = isFolder
      ? 'it is a folder; is the file there on the host, where -v has it?'
      : message
    throw new ConfigError([{ file: PROJECT_FILE, message: `cannot be read: ${why}` }])
  }
}

const NO_HANDLERS =
  '/handler is not run: a Python class of 2015 becomes a script in /handlers, see docs/migrating-from-2015.md'

/** Exit codes: 2 wrong settings, 1 a failure after which the supervisor starts the agent again. */
const main = async (): Promise<number> => {
  const text = await readProjectText()
  // What was read for the settings, tokens and passwords in it, is not for the children.
  const privatePaths = [PROJECT_FILE]
  const loaded = await loadSettings({
    env: process.env,
    ...(text === undefined ? {} : { file: { path: PROJECT_FILE, text } }),
    readFile: (path) => {
      privatePaths.push(path)
      return readTextFile(path)
    },
    isFile: async (path) => (await stat(path).catch(() => undefined))?.isFile() ?? false,
  })
  for (const token of tokensOf(loaded.settings)) decodeToken(token)
  if (existsSync('/handler')) loaded.warnings.push(NO_HANDLERS)
  const log = createLog(loaded.settings.log_level)
  const ended = new AbortController()
  const stop = new AbortController()
  // SIGTERM without the file is for the agent alone: an upgrade, a restart by hand.
  process.on('SIGTERM', () => (existsSync(STOPPING_FILE) ? stop : ended).abort())
  await runNode({ ...loaded, privatePaths, log, signal: ended.signal, stop: stop.signal })
  return 0
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isWrongSetting =
      error instanceof ConfigError || (error instanceof ClusterError && error.code === 'token')
    process.stderr.write(`serfnode: ${isWrongSetting ? error.message : describeError(error)}\n`)
    process.exit(isWrongSetting ? 2 : 1)
  },
)
