import type { BuildProgress } from '../../docker/build.ts'
import { printableLines } from '../printable.ts'
import { createProgress } from '../progress.ts'
import type { Screen } from '../screen.ts'

/** Shows what the engine says during a build: its steps and their output, pulls in one line. */
export const showBuild = (screen: Screen) => {
  const progress = createProgress(screen)
  let step: string | undefined
  let started = false
  return {
    line({ stream, status, id }: BuildProgress): void {
      if (status !== undefined && status !== '') {
        // On paper a pull's bars would be thousands of lines.
        const bar = id !== undefined && !screen.isTty
        if (!bar) progress.say([id, status].filter(Boolean).join(': '))
        return
      }
      const text = printableLines((stream ?? '').replaceAll('\r', ''))
      if (text.trim() === '' && !started) return
      started = true
      progress.done()
      const found = /^Step \d+\/\d+ : .*/.exec(text)
      if (found) step = found[0]
      screen.write(screen.paint(found ? 'bold' : 'dim', text.replace(/\n$/, '')))
      if (text.endsWith('\n')) screen.write('\n')
    },
    /** The step that is under way, or was last. */
    step: (): string | undefined => step,
    done: (): void => progress.done(),
  }
}
