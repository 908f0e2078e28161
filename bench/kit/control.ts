import { connect, type Serfnode } from '../../src/client/index.ts'
import { pidOf } from './processes.ts'

/** The API of a node over its control socket, which root on the machine reaches by the node's PID 1. */
export const controlOf = async (container: string): Promise<Serfnode> =>
  connect({ socketPath: `/proc/${await pidOf(container)}/root/run/serfnode/control.sock` })
