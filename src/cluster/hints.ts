/** More than so many at once, and the whole list is read. */
const MOST = 16

/** Names that can stand in a line and in a regular expression as they are, but for their dots. */
const PLAIN = /^[\w.-]{1,128}$/

// `serf: EventMemberJoin: web-1.3fa9c1 10.0.0.1`; an update and a reap have no address. A name is
// what its member chose: with a space in it, another one is looked at, and the whole list tells.
const CHANGED = /EventMember\w+: ([\w.-]{1,128})(?: [\da-fA-F.:]+)?\s*$/

/** Which members Serf told of since they were last looked at: some by name, or whoever. */
export const createHints = () => {
  let names = new Set<string>()
  let isWhole = false
  const add = (name: string | undefined): void => {
    if (name !== undefined && PLAIN.test(name)) names.add(name)
    else isWhole = true
    if (names.size > MOST) isWhole = true
  }
  return {
    /** Of members by their names. */
    members: (listed: readonly { name: string }[]): void => {
      for (const { name } of listed) add(name)
      if (listed.length === 0) add(undefined)
    },
    /** Of a line of Serf's log; whether it tells of a member. */
    line: (text: string): boolean => {
      if (!text.includes('EventMember')) return false
      add(CHANGED.exec(text)?.[1])
      return true
    },
    /** The names since the last time; undefined: look at all. */
    take: (): readonly string[] | undefined => {
      const taken = isWhole ? undefined : [...names]
      names = new Set()
      isWhole = false
      return taken
    },
  }
}

/** One expression that matches these names and no others; they are plain. */
export const namesExpression = (names: readonly string[]): string =>
  names.map((name) => name.replaceAll('.', '\\.')).join('|')
