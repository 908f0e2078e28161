import { ConfigError } from '../../src/config/config-error.ts'
import { type Loaded, loadSettings } from '../../src/config/load-settings.ts'

type Given = { env?: Record<string, string>; files?: Record<string, string> }

/** Settings from a text as if it were /app/serfnode.yml beside `files`. */
export const load = (text: string, { env = {}, files = {} }: Given = {}): Promise<Loaded> =>
  loadSettings({
    env,
    file: { path: '/app/serfnode.yml', text },
    readFile: async (path) => {
      const found = files[path]
      if (found === undefined) throw Object.assign(new Error('gone'), { code: 'ENOENT' })
      return found
    },
  })

/** The lines of the ConfigError that loading ends with, without the folder of the file. */
export const problemsOf = async (text: string, given: Given = {}): Promise<string[]> => {
  try {
    const { settings } = await load(text, given)
    return [`no problem: ${JSON.stringify(settings)}`]
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n').map((line) => line.replaceAll('/app/', ''))
  }
}
