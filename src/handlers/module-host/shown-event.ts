import type { HandlerEvent } from '../../client/handler-types.ts'
import type { WireEvent } from '../wire.ts'

/** The event as the user's code gets it. */
export const shownEvent = (event: WireEvent, signal: AbortSignal): HandlerEvent => {
  const { payload, ...rest } = event
  if (payload === undefined) return { ...rest, signal } as HandlerEvent
  const bytes = new Uint8Array(Buffer.from(payload, 'base64'))
  const text = new TextDecoder().decode(bytes)
  const json = (): unknown => JSON.parse(text)
  return { ...rest, signal, payload: bytes, text, json } as HandlerEvent
}
