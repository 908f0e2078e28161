import { buildClient } from './setup/client.ts'

await buildClient()
console.log('wrote dist/client')
