import type { NamedService } from './names.ts'

/** How many files share the services: of a thousand, each has some sixteen. */
const FILES = 64

/**
 * The hosts folder's files: one line a service with all its names, each service always in the same
 * file, by its member name. dnsmasq reads a file whole when it changes, and in many small ones a
 * change among a thousand services is read in 2 ms and not in 20 to 50. It calls an address by the
 * first name that it meets for it.
 */
export const renderNames = (services: readonly NamedService[]): Map<string, string> => {
  const files = new Map<string, string>()
  for (const { service, names } of services) {
    if (names.length === 0) continue
    const file = fileOf(service.id)
    files.set(file, `${files.get(file) ?? ''}${service.service_ip} ${names.join(' ')}\n`)
  }
  return files
}

const fileOf = (id: string): string => {
  let sum = 0
  for (let at = 0; at < id.length; at++) sum = (31 * sum + id.charCodeAt(at)) % 65_521
  return `names-${sum % FILES}`
}
