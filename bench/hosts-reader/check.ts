/** What is wrong with a hosts file as it was read; `names` maps our roles to their addresses. */
export type Fault = 'empty' | 'no localhost' | 'half a line' | 'wrong address'

const OURS =
  /^(?:(\d+\.\d+\.\d+\.\d+) (\S+) *|# begin: names of the cluster *| *|# end *)# kept by serfnode$/

/** A line that is neither ours as it should be nor one of `foreign` is a part of one. */
export const faultIn = (
  text: string,
  foreign: ReadonlySet<string>,
  addressOf: (name: string) => string | undefined,
): Fault | undefined => {
  if (text === '') return 'empty'
  if (!/^127\.0\.0\.1\s+localhost$/m.test(text)) return 'no localhost'
  if (!text.endsWith('\n')) return 'half a line'
  // Blank lines at the end are room that a growing file makes first.
  for (const line of text.trimEnd().split('\n')) {
    if (foreign.has(line)) continue
    const [, address, name] = OURS.exec(line) ?? []
    if (!OURS.test(line)) return 'half a line'
    if (name !== undefined && addressOf(name) !== address) return 'wrong address'
  }
  return undefined
}
