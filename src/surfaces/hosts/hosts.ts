import type { NodeInfo } from '../../catalog/node-info.ts'
import { sayLeftOut } from '../left-out.ts'
import { keepShown, type Surface } from '../surface.ts'
import { writeInPlace } from '../write-in-place.ts'
import { type LeftOut, renderHosts } from './render.ts'

export type HostsOptions = {
  /** Aliases of the own children's `links`, for the own node. */
  aliases?: readonly string[]
  path?: string
  /** How often the file is looked at for what others did to it. */
  checkMs?: number
}

/** Roles as host names: the hosts file of the node, which its children share. */
export const hosts: Surface<HostsOptions> = {
  name: 'hosts',
  run: async ({ aliases = [], path = '/etc/hosts', checkMs = 1_000, ...context }) => {
    const { catalog, log } = context
    let wasEmpty = false
    let right: { text: string; services: readonly NodeInfo[] } | undefined

    const warn = sayLeftOut('hosts', log)

    const show = async (): Promise<void> => {
      const { services } = catalog.snapshot()
      let leftOut: LeftOut[] | undefined
      await writeInPlace(path, (text) => {
        if (text === right?.text && services === right.services) return text
        // Somebody may be between his truncate and his write: what we put in now would meet it.
        const empty = text.trim() === ''
        const wait = empty && !wasEmpty
        wasEmpty = empty
        if (wait) return text
        const rendered = renderHosts(text, { services, aliases })
        leftOut = rendered.leftOut
        right = { text: rendered.text, services }
        return rendered.text
      })
      if (leftOut) warn(leftOut)
    }

    await keepShown(context, { name: 'hosts', checkMs, show })
  },
}
