import { readIfThere } from '../../lib/files.ts'
import { VERSION } from '../../lib/version.ts'
import { defineCommand, jsonOption } from '../command.ts'

type Options = { json?: boolean }

/**
 * Debian's serf prints a version that it has not had for years, so the package list is read: the
 * paragraph of serf in dpkg's status. Undefined outside the image.
 */
export const serfVersion = (dpkgStatus: string): string | undefined => {
  const paragraph = dpkgStatus.split('\n\n').find((one) => /^Package: serf$/m.test(one))
  return /^Version: (\S+)$/m.exec(paragraph ?? '')?.[1]
}

export const version = defineCommand<Options>({
  summary: 'print the versions of Serfnode and of what it runs on',
  arguments: [],
  options: [jsonOption()],
  examples: [
    ['serfnode version', 'this Serfnode'],
    ['docker exec NODE serfnode version --json', 'what a node runs'],
  ],
  place: 'anywhere',
  run: async ({ json }, { out }) => {
    const serf = serfVersion((await readIfThere('/var/lib/dpkg/status')) ?? '')
    const versions = { serfnode: VERSION, node: process.versions.node, ...(serf && { serf }) }
    if (json) out.line(JSON.stringify(versions, null, 2))
    else for (const [name, text] of Object.entries(versions)) out.line(`${name.padEnd(9)}${text}`)
    return 0
  },
})
