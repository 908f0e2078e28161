import type { ChildrenView } from '../children/view.ts'
import { joinHostPort } from '../cluster/seeds.ts'
import { describeError } from '../lib/errors.ts'
import { replaceFile, writeAtomic } from '../lib/files.ts'
import type { Logger } from '../lib/log.ts'
import type { Boot } from './boot.ts'
import { RUN_DIR, SHARED_DIR } from './paths.ts'

/** What the executable /me prints once /agent_up is there. */
export const writeMe = async ({ serf_ip, serf_port }: Boot): Promise<void> =>
  writeAtomic(`${RUN_DIR}/me`, `${joinHostPort(serf_ip, serf_port)}\n`)

export const announceUp = async (): Promise<void> => writeAtomic('/agent_up', 'serf up\n')

/** Keeps the documents of 2015 about this node and its children equal to what was last shown. */
export const createNodeFiles = (log: Logger) => {
  const written = new Map<string, string>()
  let turn: Promise<void> = Promise.resolve()

  const put = async (path: string, value: object): Promise<void> => {
    const text = `${JSON.stringify(value)}\n`
    if (written.get(path) === text) return
    try {
      await replaceFile(path, text)
      written.set(path, text)
    } catch (error) {
      log.warn(
        { path, error: describeError(error) },
        'not written, trying again at the next change',
      )
    }
  }
  return {
    show: ({ me, childrenByName }: Pick<ChildrenView, 'me' | 'childrenByName'>): void => {
      turn = turn.then(async () => {
        await put('/me.json', me)
        await put(`${SHARED_DIR}/parent.json`, me)
        await put('/children_by_name.json', childrenByName)
      })
    },
  }
}
