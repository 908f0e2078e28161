import type { Command } from '../command.ts'
import { readMembers, type SerfMember } from '../member.ts'

// > no body
// < {Members: [member]}
export const members: Command<void, SerfMember[]> = {
  name: 'members',
  response: readMembers,
}
