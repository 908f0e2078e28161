/**
 * A Go `net.IP` (4 or 16 bytes) as text: dotted for IPv4 and for IPv4 mapped into IPv6, the short
 * form of RFC 5952 for other IPv6. Anything else is an empty text: it came from another member,
 * and one bad member must not end the connection.
 */
export const addressText = (bytes: Uint8Array): string => {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return ''
  if (isMapped(bytes)) return bytes.subarray(12).join('.')
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  const groups = Array.from({ length: 8 }, (_, at) => view.getUint16(at * 2).toString(16))
  // The URL parser knows how to shorten an IPv6 address.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

const isMapped = (bytes: Uint8Array): boolean =>
  bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
