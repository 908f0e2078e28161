/*
 * Our lines in a hosts file. Readers come at any moment, between two of their own reads too, so
 * - each of our lines fills a slot of 64 bytes (or 128), aligned in the file: a copy that is cut
 *   in the middle is cut between lines as a rule, since memory is copied in such pieces;
 * - a name keeps its slot as long as it has the same length of line, a slot that became free stays
 *   as a hole for the next name: no change moves the line of another name;
 * - each of our lines ends with a mark, so that the rests of a broken write or of somebody else's
 *   rewriting are known for ours wherever they lie, and nothing else is ever taken for ours.
 */
const MARK = '# kept by serfnode'
const BEGIN = '# begin: names of the cluster'
const END = '# end'
const SLOT = 64
/**
 * Free slots that stay at the end: to shorten a file under a reader may show it zero bytes, so that is
 * left for when many names went.
 */
const ROOM = 16

/** A hosts file taken apart: foreign lines as they are, and the names of our slots in order. */
export type ParsedHosts = { foreign: string; slots: { name: string; size: number }[] }

/**
 * Splits a hosts file; every line without our mark is foreign, wherever it stands. `text` has one
 * character for each byte (latin1).
 */
export const parseHosts = (text: string): ParsedHosts => {
  const lines = text.split('\n')
  const unended = lines.pop() ?? ''
  const foreign: string[] = []
  const slots: ParsedHosts['slots'] = []
  let previous = ''
  for (const line of lines) {
    // Blank lines after ours are ours: a shrinking write pads with them before it cuts.
    if (line === '' && isOurs(previous)) continue
    previous = line
    if (!isOurs(line)) foreign.push(line)
    else if (!line.startsWith('#') && (line.length + 1) % SLOT === 0) {
      slots.push({ name: nameIn(line), size: line.length + 1 })
    }
  }
  // A last line without its end, within our block, is the rest of a write that was cut.
  const cut = isOurs(unended) || (isOurs(previous) && !previous.startsWith(END))
  if (unended !== '' && !cut) foreign.push(unended)
  return { foreign: foreign.map((line) => `${line}\n`).join(''), slots }
}

/** The lower-case names that foreign lines define. */
export const foreignNames = (foreign: string): Set<string> =>
  new Set(
    foreign
      .split('\n')
      .flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1))
      .map((name) => name.toLowerCase()),
  )

/** Foreign lines first, then our block with one line a name: `names` maps name to address. */
export const layOut = (
  { foreign, slots }: ParsedHosts,
  names: ReadonlyMap<string, string>,
): string => {
  if (names.size === 0) return foreign
  const waiting = new Map([...names].map(([name, address]) => [name, slot(`${address} ${name}`)]))
  const placed = slots.map(({ name, size }) => {
    const line = waiting.get(name)
    if (line?.length !== size) return { line: '', size }
    waiting.delete(name)
    return { line, size }
  })
  for (const line of waiting.values()) {
    const hole = placed.find((place) => place.line === '' && place.size === line.length)
    if (hole) hole.line = line
    else placed.push({ line, size: line.length })
  }
  placed.splice(placed.findLastIndex(({ line }) => line !== '') + 1 + ROOM)
  const lines = placed.map(({ line, size }) => line || fill('', size))
  return [foreign, begin(foreign.length), ...lines, slot(END)].join('')
}

// The end of a line whose beginning was written over may be the end of the mark alone.
const isOurs = (line: string): boolean =>
  line.endsWith(MARK) || (line !== '' && MARK.endsWith(line))

// A hole begins with a space, and so has no name.
const nameIn = (line: string): string => (line.startsWith(' ') ? '' : (line.split(' ')[1] ?? ''))

const fill = (text: string, size: number): string =>
  `${text.padEnd(size - MARK.length - 1)}${MARK}\n`

const slot = (text: string): string =>
  fill(text, SLOT * Math.ceil((text.length + 1 + MARK.length + 1) / SLOT))

// The first line takes what the foreign lines leave of their last 64 bytes.
const begin = (offset: number): string => {
  const least = BEGIN.length + 1 + MARK.length + 1
  return fill(BEGIN, least + ((SLOT - ((offset + least) % SLOT)) % SLOT))
}
