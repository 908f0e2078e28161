import { existsSync } from 'node:fs'
import type { Context } from './command.ts'
import { engineSocket } from './engine-socket.ts'
import { createScreen } from './screen.ts'

/** The node's run-time files; its boot.json exists in a node only. */
const RUN_DIR = '/run/serfnode'

/** The surroundings of a real command line. */
export const openContext = (signal: AbortSignal): Context => {
  const { env, stdin, stdout, stderr } = process
  return {
    env,
    cwd: process.cwd(),
    stdin,
    out: createScreen(stdout, env),
    err: createScreen(stderr, env),
    signal,
    inNode: existsSync(`${RUN_DIR}/boot.json`),
    runDir: RUN_DIR,
    docker: async () => {
      const socketPath = engineSocket(env)
      const { connectDocker } = await import('../docker/client.ts')
      return connectDocker({ socketPath })
    },
  }
}
