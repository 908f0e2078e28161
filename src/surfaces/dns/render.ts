import type { NamedService } from './names.ts'

/**
 * The hosts folder's text: one line a service with all its names. dnsmasq calls an address by the
 * first name that it meets for it.
 */
export const renderNames = (services: readonly NamedService[]): string =>
  services
    .filter(({ names }) => names.length > 0)
    .map(({ service, names }) => `${service.service_ip} ${names.join(' ')}\n`)
    .join('')
