import type { Docker } from '../../setup/docker.ts'
import type { Note } from '../../setup/steps.ts'
import { serverOf } from './await-up.ts'

export const PRODUCER = 'run-notebook producer.ipynb'
export const CONSUMER = 'run-notebook consumer.ipynb'

/** What the two notebooks printed. */
export type Said = { producer: string; consumer: string }

/** Runs both notebooks at once, each in its server, and shows each line as it comes. */
export const runNotebooks = async (
  docker: Docker,
  note: Note,
  signal: AbortSignal,
): Promise<Said> => {
  const run = (node: string, command: string, ...options: string[]) =>
    docker(['exec', ...options, serverOf(node), ...command.split(' ')], {
      signal,
      timeoutMs: 120_000,
      onLine: (line) => note(`${node}: ${line}`),
    })
  const [consumer, producer] = await Promise.all([
    run('ipython2', CONSUMER),
    run('ipython1', PRODUCER, '-e', 'NUMBERS=10', '-e', 'PAUSE=0.2'),
  ])
  return { producer, consumer }
}
