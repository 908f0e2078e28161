import { encode } from '@msgpack/msgpack'
import type { Members } from './members.ts'
import type { Asked, Client } from './rpc.ts'
import type { FakeConfig, Tell } from './serf.ts'

type World = { members: Members; config: FakeConfig; tell: Tell; client: Client; seq: number }
type Body = Asked['body']

/** What each command does; gives the body of the answer, if it has one. Throws an error's text. */
const COMMANDS: Record<string, (body: Body, world: World) => Uint8Array | undefined> = {
  handshake: () => undefined,
  auth: ({ AuthKey }, { client, config }) => {
    client.authorized = AuthKey === config.rpc_auth
    if (!client.authorized) throw new Error('Invalid authentication token')
    return undefined
  },
  members: (_, { members }) => members.encoded(),
  'members-filtered': ({ Name }, { members }) => members.encoded(String(Name)),
  stream: (_, { client, seq }) => {
    client.streams.push(seq)
    return undefined
  },
  monitor: (_, { client, seq }) => {
    client.monitors.push(seq)
    return undefined
  },
  tags: ({ Tags, DeleteTags }, { members, config, tell }) => {
    const own = members.get(config.node_name)!
    const tags = { ...own.tags }
    for (const tag of (DeleteTags as string[] | null) ?? []) delete tags[tag]
    const next = { ...own, tags: { ...tags, ...(Tags as Record<string, string>) } }
    members.set(next)
    tell('member-update', next)
    return undefined
  },
  join: ({ Existing }) => encode({ Num: (Existing as string[]).length }),
  stats: (_, { config }) => encode({ agent: { name: config.node_name } }),
  event: () => undefined,
  respond: () => undefined,
  stop: () => undefined,
  leave: () => undefined,
}

const BEFORE_AUTH = ['handshake', 'auth']

/** Answers one request as Serf would. */
export const answer = ({ command, seq, body }: Asked, world: Omit<World, 'seq'>): void => {
  const { client } = world
  const run = COMMANDS[command]
  try {
    if (!client.authorized && !BEFORE_AUTH.includes(command)) {
      throw new Error('Authentication required')
    }
    if (!run) throw new Error('Unsupported command')
    client.answer(seq, run(body, { ...world, seq }))
  } catch (error) {
    client.answer(seq, undefined, (error as Error).message)
  }
}
