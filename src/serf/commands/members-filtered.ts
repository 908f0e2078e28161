import type { Command } from '../command.ts'
import { readMembers, type SerfMember } from '../member.ts'

/** Go regular expressions, each for the whole value; what is left out matches everything. */
export type MembersFilteredRequest = {
  name?: string
  status?: string
  tags?: Record<string, string>
}

// > {Tags: {str: str}, Status: str, Name: str}
// < {Members: [member]}, or the connection is closed when one is no regular expression
export const membersFiltered: Command<MembersFilteredRequest, SerfMember[]> = {
  name: 'members-filtered',
  request: ({ name, status, tags = {} }) => ({
    Tags: Object.fromEntries(Object.entries(tags).map(([tag, regex]) => [tag, whole(regex)])),
    Status: status ? whole(status) : '',
    Name: name ? whole(name) : '',
  }),
  response: readMembers,
  closedBecause: 'a filter is probably not a valid (Go) regular expression',
}

// Serf puts ^ and $ around without a group: `alive|left` would match `^alive` or `left$`.
const whole = (regex: string): string => `(?:${regex})`
