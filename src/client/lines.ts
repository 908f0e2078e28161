/** Parts of a text that comes in pieces, each up to `separator`; what is after the last one is dropped. */
export async function* split(
  pieces: AsyncIterable<string>,
  separator: string,
): AsyncGenerator<string, void, undefined> {
  let rest = ''
  for await (const piece of pieces) {
    const parts = (rest + piece).split(separator)
    rest = parts.pop() ?? ''
    yield* parts
  }
}

/** The fields of one server-sent message; undefined for a comment. */
export const readMessage = (
  block: string,
): { event: string; id: string; data: string } | undefined => {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const at = line.indexOf(':')
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1).replace(/^ /, ''))
  }
  const [event, id, data] = [fields.get('event'), fields.get('id'), fields.get('data')]
  return event === undefined || id === undefined || data === undefined
    ? undefined
    : { event, id, data }
}
