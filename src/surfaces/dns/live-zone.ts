import type { Catalog } from '../../catalog/catalog.ts'
import { nameServices } from './names.ts'
import { makeZone, type Zone } from './zone.ts'

/** The zone of the catalog as it is now; made again only when it is asked after a change. */
export const createLiveZone = (catalog: Pick<Catalog, 'snapshot'>) => {
  let made: { zone: Zone; serial: number } | undefined
  return (): { zone: Zone; serial: number } => {
    const { services, members, version } = catalog.snapshot()
    if (made?.serial !== version) {
      made = { zone: makeZone(nameServices(services), members), serial: version }
    }
    return made
  }
}
