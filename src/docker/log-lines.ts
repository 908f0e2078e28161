/** One line of a container's log. */
export type LogLine = {
  stream: 'stdout' | 'stderr'
  /** When the engine got it, RFC 3339 with nanoseconds; empty when it does not say. */
  time: string
  text: string
}

/** A longer line is cut into several, so that one without an end takes no memory. */
const LONGEST = 65_536

/** Splits what the engine sends with `timestamps` into lines, cut anywhere. */
export const createLineSplitter = () => {
  const rest = { stdout: '', stderr: '' }
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  /** The time of a line of which only the beginning was given. */
  const begun: { stdout?: string | undefined; stderr?: string | undefined } = {}
  const parse = (stream: LogLine['stream'], line: string): LogLine => {
    const at = line.indexOf(' ')
    const time = at > 0 ? line.slice(0, at) : line
    const before = begun[stream] ?? ''
    begun[stream] = undefined
    return /^\d{4}-\d\d-\d\dT[\d:.]+Z?/.test(time)
      ? { stream, time, text: at > 0 ? line.slice(at + 1) : '' }
      : { stream, time: before, text: line }
  }
  return {
    push(stream: LogLine['stream'], data: Uint8Array): LogLine[] {
      const lines = (rest[stream] + decoders[stream].decode(data, { stream: true })).split('\n')
      rest[stream] = lines.pop() ?? ''
      const parsed = lines.map((line) => parse(stream, line.replace(/\r$/, '')))
      if (rest[stream].length > LONGEST) {
        const part = parse(stream, rest[stream])
        begun[stream] = part.time
        rest[stream] = ''
        parsed.push(part)
      }
      return parsed
    },
    /** What a container wrote last without ending its line. */
    end: (): LogLine[] =>
      (['stdout', 'stderr'] as const)
        .filter((stream) => rest[stream] !== '')
        .map((stream) => parse(stream, rest[stream])),
  }
}
