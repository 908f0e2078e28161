import { SerfnodeError } from '../lib/errors.ts'

export type ClusterErrorCode = 'token' | 'state' | 'no-secret'

export class ClusterError extends SerfnodeError<ClusterErrorCode> {}
