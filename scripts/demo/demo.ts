import type { Docker } from '../setup/docker.ts'
import type { Example } from '../setup/example.ts'
import type { Steps } from '../setup/steps.ts'

/** A command of `docker`, and how a person would type it. */
export type Command = { args: string[]; lines: string[] }

/** A node of a demo. */
export type DemoNode = {
  /** The container's name. */
  name: string
  image: string
  /** What is published; with `step`, the next ports are tried while one is in use. */
  port?: { inside: number; host: number; step?: number }
  run(docker: Docker, port?: number): Promise<Command>
}

export type RunningNode = { name: string; port?: number }

/** Starting and stopping is the same for all; what there is to see is not. */
export type Demo = {
  name: string
  example: Example
  /** The value of the label `io.serfnode.demo` that its nodes have. */
  mark: string
  nodes: DemoNode[]
  /** Labels of its nodes' children. */
  childLabels: string[]
  /** Volumes with a name, which its serfnode.yml files give. */
  volumes: string[]
  /** Waits until all is up, and tells what a person wants to see of it. */
  show(docker: Docker, nodes: RunningNode[], steps: Steps, signal: AbortSignal): Promise<string>
}

export const LABEL_DEMO = 'io.serfnode.demo'

/** For reports. */
export const indent = (text: string) => text.trimEnd().replace(/^/gm, '    ')
