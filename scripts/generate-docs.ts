import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { serfnodeSchema } from '../src/config/serfnode-yml.ts'
import { settingsPage } from '../src/config/settings-page.ts'

/** The files that are made of src/config, by their path in the project. */
export const generatedFiles = (): Record<string, string> => ({
  'docs/settings.md': settingsPage(),
  'serfnode.schema.json': `${JSON.stringify(serfnodeSchema(), null, 2)}\n`,
})

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(generatedFiles())) {
    await writeFile(new URL(`../${path}`, import.meta.url), text)
    console.log(`wrote ${path}`)
  }
}
