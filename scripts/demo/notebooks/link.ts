import { type Docker, dockerLines } from '../../setup/docker.ts'
import { SetupError } from '../../setup/errors.ts'
import type { RunningNode } from '../demo.ts'
import { serverOf } from './await-up.ts'

/** A link to a notebook, with the token that Jupyter made when it started. */
export const linkTo = async (
  docker: Docker,
  { name, port }: RunningNode,
  file: string,
): Promise<string> => {
  const lines = await dockerLines(docker, ['exec', serverOf(name), 'jupyter', 'notebook', 'list'])
  const [, token] = /token=(\w+)/.exec(lines.join('\n')) ?? []
  if (token === undefined) throw new SetupError('not_ready', `${name} lists no notebook server`)
  return `http://localhost:${port}/notebooks/${file}?token=${token}`
}
