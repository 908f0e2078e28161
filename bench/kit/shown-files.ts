import { readFileSync, statSync } from 'node:fs'
import { pidOf } from './processes.ts'

/** A file of a node that is read again only when it has changed: looking at it costs nothing. */
const changingFile = (path: string): ((text: string) => boolean) => {
  let at = -1n
  let inode = -1n
  let content = ''
  return (text) => {
    const { mtimeNs, ino } = statSync(path, { bigint: true })
    if (mtimeNs !== at || ino !== inode) {
      content = readFileSync(path, 'latin1')
      at = mtimeNs
      inode = ino
    }
    return content.includes(text)
  }
}

/** Whether the files of a node show an address: the hosts file and the JSON. */
export const shownFilesOf = async (
  container: string,
  hostsFile: string,
): Promise<(address: string) => boolean> => {
  const root = `/proc/${await pidOf(container)}/root`
  const hosts = changingFile(hostsFile)
  const json = changingFile(`${root}/serfnode/serfnodes_by_id.json`)
  return (address) => hosts(`${address} `) && json(`"${address}"`)
}
