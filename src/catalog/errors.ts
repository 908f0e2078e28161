import { SerfnodeError } from '../lib/errors.ts'

/** `tags-too-long`: a node's own facts do not fit into Serf's 512 bytes, even without ports. */
export type CatalogErrorCode = 'tags-too-long'

export class CatalogError extends SerfnodeError<CatalogErrorCode> {}
