#!/usr/bin/env node
// The CLI from a checkout: src/cli/main.ts run through tsx, without a build.
import { existsSync } from 'node:fs'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 6)) {
  console.error(`serfnode: Node.js 20.6 or newer is needed, this is ${process.versions.node}`)
  process.exit(1)
}
const folder = new URL('..', import.meta.url)
if (!existsSync(new URL('node_modules/tsx', folder)) && !existsSync(new URL('../tsx', folder))) {
  console.error('serfnode: its dependencies are missing; run `npm ci` in the checkout first')
  process.exit(1)
}
const { register } = await import('tsx/esm/api')
register()
await import('../src/cli/main.ts')
