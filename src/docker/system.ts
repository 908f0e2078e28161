import type { Connection } from './connection.ts'
import { shaped } from './shape.ts'

export type Version = { Version: string; ApiVersion: string; Os: string; Arch: string }

export type Info = {
  ID: string
  Name: string
  ServerVersion: string
  OperatingSystem: string
  Architecture: string
  Driver: string
  NCPU: number
  /** Bytes. */
  MemTotal: number
}

export type System = {
  /** Whether an engine answers; resolves to the API version that calls use. */
  ping(): Promise<string>
  version(): Promise<Version>
  info(): Promise<Info>
}

export const system = ({ json, ping }: Connection): System => ({
  ping,

  async version() {
    const deed = "ask for the engine's version"
    const answer = await json({ deed, path: '/version' })
    return shaped<Version>(deed, answer, { Version: 'string', ApiVersion: 'string' })
  },

  async info() {
    const deed = 'ask for information on the engine'
    const answer = await json({ deed, path: '/info' })
    return shaped<Info>(deed, answer, { ID: 'string', Name: 'string', ServerVersion: 'string' })
  },
})
