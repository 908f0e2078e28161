import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pause } from '../../lib/wait.ts'
import { sayLeftOut } from '../left-out.ts'
import { keepShown, type ShownCatalog, type Surface, type SurfaceContext } from '../surface.ts'
import { nameServices } from './names.ts'
import { renderNames } from './render.ts'

/**
 * The rest after a write, for each line that dnsmasq has to read. Measured: it reads 100 in 1 ms and
 * 1,000 of one role in 60, every write one after the other, and answers nobody until it is through.
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
    const hosts = join(folder, 'hosts')
    const warn = sayLeftOut('dns', context.log)
    let shown: ReturnType<ShownCatalog['snapshot']>['services'] | undefined
    let written: Map<string, string> | undefined

    const show = async (): Promise<void> => {
      const { services } = context.catalog.snapshot()
      if (services === shown) return
      const names = nameServices(services)
      const wanted = renderNames(names.services)
      written ??= await readNames(hosts)
      let lines = 0
      for (const file of new Set([...written.keys(), ...wanted.keys()])) {
        const text = wanted.get(file) ?? ''
        // Each write is read again by dnsmasq, so an equal one is spared.
        if (text === (written.get(file) ?? '')) continue
        await replaceNames(folder, join(hosts, file), text)
        written.set(file, text)
        lines += text.split('\n').length
      }
      shown = services
      warn(names.leftOut)
      if (lines > 0) await pause(lines * REST_MS, context.signal)
    }

    await keepShown(context, { name: 'dns', checkMs, show })
  },
}

/** What a former agent has written. */
const readNames = async (hosts: string): Promise<Map<string, string>> => {
  const files = (await readdir(hosts)).filter((file) => file.startsWith('names-'))
  const read = async (file: string) => [file, await readFile(join(hosts, file), 'utf8')] as const
  return new Map(await Promise.all(files.map(read)))
}

// Made outside of the hosts folder: there dnsmasq would read it under its first name too. Nothing
// is flushed to the disk, since the folder does not outlive the container's run.
const replaceNames = async (folder: string, path: string, text: string): Promise<void> => {
  const beside = join(folder, 'names.new')
  await writeFile(beside, text, { mode: 0o644 })
  await rename(beside, path)
}
