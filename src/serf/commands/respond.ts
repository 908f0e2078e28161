import { type Command, type Payload, wireCount, wirePayload } from '../command.ts'

/** `id` is that of the `query` event, and holds on the connection it came on alone. */
export type RespondRequest = { id: number; payload?: Payload }

// > {ID: uint64, Payload: bin}
export const respond: Command<RespondRequest, void> = {
  name: 'respond',
  request: ({ id, payload }) => ({
    ID: wireCount('respond: id', id, Number.MAX_SAFE_INTEGER),
    Payload: wirePayload(payload),
  }),
}
