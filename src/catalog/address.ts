import { BlockList, isIP } from 'node:net'

// Addresses that mean "me", "everybody here" or a cloud's metadata service: whoever sends one of
// them as his own wants our traffic to go where he could not send it himself.
const REFUSED_4: [string, number][] = [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['100.100.100.200', 32], // Alibaba's metadata
  ['168.63.129.16', 32], // Azure's host agent
  ['192.0.0.192', 32], // Oracle's metadata
]
const REFUSED_6: [string, number][] = [
  ['::', 96], // unspecified, loopback, and IPv4 in its oldest disguise
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fe80::', 10],
  ['ff00::', 8],
  ['fd00:ec2::254', 128], // Amazon's metadata
  ['fd20:ce::254', 128], // Google's metadata
]

// Two lists: to one list, every IPv4 address lies in ::ffff:0:0/96.
const refused4 = new BlockList()
const refused6 = new BlockList()
for (const [net, bits] of REFUSED_4) refused4.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of REFUSED_6) refused6.addSubnet(net, bits, 'ipv6')

/** Whether `text` is an IPv4 or IPv6 address at which another node can be; no zone, no names. */
export const isNodeAddress = (text: string): boolean => {
  const family = text.includes('%') ? 0 : isIP(text)
  if (family === 4) return !refused4.check(text, 'ipv4')
  return family === 6 && !refused6.check(text, 'ipv6')
}
