import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Cuts a connection that sends a request before the last one is answered. Nobody needs that, and Node
 * would begin them all at once, however many, and say of none but the first that its caller is gone.
 */
export const oneAtATime = (onRequest: RequestListener): RequestListener => {
  const busy = new WeakSet<Socket>()
  return (request, response) => {
    const { socket } = request
    if (busy.has(socket)) {
      socket.destroy()
      return
    }
    busy.add(socket)
    response.once('close', () => busy.delete(socket))
    onRequest(request, response)
  }
}
