/** What `import ... from 'serfnode'` gives to other people's programs. */
export { ApiError } from './api-error.ts'
export type * from './api-types.ts'
export { connect, type Serfnode, type WatchOptions } from './connect.ts'
export type * from './handler-types.ts'
