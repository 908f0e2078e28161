/** What `import ... from 'serfnode'` gives to other people's programs. */
export type * from './handler-types.ts'
