import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfThere } from '../../lib/files.ts'
import { pause } from '../../lib/wait.ts'
import { sayLeftOut } from '../left-out.ts'
import { keepShown, type ShownCatalog, type Surface, type SurfaceContext } from '../surface.ts'
import { nameServices } from './names.ts'
import { renderNames } from './render.ts'

/**
 * The rest after a write, for each service in it. Measured: dnsmasq reads 100 in 1 ms and 1,000 of
 * one role in 60, every write one after the other, and answers nobody until it is through.
 */
const REST_MS = 0.2

export type DnsOptions = {
  /** The folder of this surface; dnsmasq reads `hosts/` in it. */
  folder: string
  checkMs?: number
}

/** Names of the zone, in the hosts folder from which dnsmasq answers whether we live or not. */
export const dns: Surface<DnsOptions> = {
  name: 'dns',
  run: async ({ folder, checkMs = 10_000, ...context }: SurfaceContext & DnsOptions) => {
    const path = join(folder, 'hosts', 'names')
    const warn = sayLeftOut('dns', context.log)
    let shown: ReturnType<ShownCatalog['snapshot']>['services'] | undefined
    let written: string | undefined

    const show = async (): Promise<void> => {
      const { services } = context.catalog.snapshot()
      if (services === shown) return
      const names = nameServices(services)
      const text = renderNames(names.services)
      written ??= await readIfThere(path)
      const isSame = text === written
      // Each write is read again by dnsmasq, so an equal one is spared.
      if (!isSame) await replaceNames(folder, path, text)
      written = text
      shown = services
      warn(names.leftOut)
      if (!isSame) await pause(services.length * REST_MS, context.signal)
    }

    await keepShown(context, { name: 'dns', checkMs, show })
  },
}

// Made outside of the hosts folder: there dnsmasq would read it under its first name too. Nothing
// is flushed to the disk, since the folder does not outlive the container's run.
const replaceNames = async (folder: string, path: string, text: string): Promise<void> => {
  const beside = join(folder, 'names.new')
  await writeFile(beside, text, { mode: 0o644 })
  await rename(beside, path)
}
