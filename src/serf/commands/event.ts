import { type Command, type Payload, wirePayload } from '../command.ts'

export type EventRequest = { name: string; payload?: Payload; coalesce: boolean }

// > {Name: str, Payload: bin, Coalesce: bool}
export const event: Command<EventRequest, void> = {
  name: 'event',
  request: ({ name, payload, coalesce }) => ({
    Name: name,
    Payload: wirePayload(payload),
    Coalesce: coalesce,
  }),
}
