import type { EventRecord } from './types.ts'

/** What the event of 2015 needs to know of a child. */
export type WatchedChild = {
  name: string
  /** In our words, as in `serfnode ps`. */
  state: string
  /** Exits and failed starts in a row, 0 again once it has run for a while. */
  failures: number
  /** Of the container's first process, while it runs. */
  pid?: number
  /** Of its last end. */
  exitCode?: number
}

/** The words of 2015's supervisor. We never give up, so there is no FATAL. */
export type ProcessState =
  | 'STOPPED'
  | 'STARTING'
  | 'RUNNING'
  | 'BACKOFF'
  | 'STOPPING'
  | 'EXITED'
  | 'UNKNOWN'

export const SUPERVISOR_EVENT = 'supervisor'

/** The event's payload, in the fields of 2015. */
export type SupervisorPayload = {
  eventname: `PROCESS_STATE_${ProcessState}`
  processname: string
  groupname: string
  from_state: ProcessState
  tries?: number
  pid?: number
  /** 1: it ended with exit code 0. */
  expected?: 0 | 1
  /** The member name. */
  node: string
}

const STATES: Record<string, ProcessState> = {
  waiting: 'STOPPED',
  pulling: 'STARTING',
  starting: 'STARTING',
  running: 'RUNNING',
  paused: 'STOPPED',
  stopping: 'STOPPING',
  stopped: 'STOPPED',
}

/** After so many failures in a row a child is in a crash loop, and told again once it is well. */
const LOOP = 2

/** A child's state in the words of 2015: one that ended after it ran EXITED, else it is in BACKOFF. */
export const processState = ({ state }: WatchedChild, from: ProcessState): ProcessState => {
  if (state !== 'backoff') return STATES[state] ?? 'UNKNOWN'
  return from === 'RUNNING' || from === 'STOPPING' || from === 'EXITED' ? 'EXITED' : 'BACKOFF'
}

/** What is to be told of a child of which `from` was told last; undefined: nothing. */
export const supervisorPayload = (
  child: WatchedChild,
  from: ProcessState,
  node: string,
): SupervisorPayload | undefined => {
  const { name, failures, pid, exitCode } = child
  const to = processState(child, from)
  const isUpAgain = to === 'STARTING' || to === 'RUNNING'
  if (to === from || (isUpAgain && failures >= LOOP)) return undefined
  return {
    eventname: `PROCESS_STATE_${to}`,
    processname: name,
    groupname: name,
    from_state: from,
    ...((to === 'STARTING' || to === 'BACKOFF') && { tries: failures }),
    ...(to === 'RUNNING' && pid !== undefined && { pid }),
    ...(to === 'EXITED' && { expected: exitCode === 0 ? 1 : 0 }),
    node,
  }
}

/** What `node` told of its children, from the history. */
export const toldStates = (
  records: readonly EventRecord[],
  node: string,
): Map<string, ProcessState> => {
  const told = new Map<string, ProcessState>()
  for (const { name, via, payload } of records) {
    if (name !== SUPERVISOR_EVENT || via !== SUPERVISOR_EVENT || payload === undefined) continue
    const { processname, eventname, node: of } = JSON.parse(payload) as SupervisorPayload
    if (of === node) told.set(processname, eventname.slice('PROCESS_STATE_'.length) as ProcessState)
  }
  return told
}
