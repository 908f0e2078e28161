import type { Demo } from './demo.ts'
import { mysqlNginx } from './mysql-nginx/demo.ts'
import { notebooks } from './notebooks/demo.ts'

/** The first is what `npm run demo` runs. */
export const DEMOS: [Demo, ...Demo[]] = [mysqlNginx, notebooks]
