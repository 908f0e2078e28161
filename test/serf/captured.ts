/** What serf 0.10.1 wrote, byte for byte. */
const bytes = (latin1: string): Buffer => Buffer.from(latin1, 'latin1')

const all256 = String.fromCharCode(...Array.from({ length: 256 }, (_, at) => at))
const zero = '\xcb\x00\x00\x00\x00\x00\x00\x00\x00'

export const captured = {
  handshake: bytes('\x82\xa5Error\xa0\xa3Seq\x01'),
  members: bytes(
    '\x82\xa5Error\xa0\xa3Seq\x03\x81\xa7Members\x91\x8b\xa4Addr\xc4\x04\x7f\x00\x00\x01' +
      '\xabDelegateCur\x05\xabDelegateMax\x05\xabDelegateMin\x02\xa4Name\xa2p1\xa4Port\xcdR\x09' +
      '\xabProtocolCur\x02\xabProtocolMax\x05\xabProtocolMin\x01\xa6Status\xa5alive' +
      `\xa4Tags\x81\xa7longtag\xd9<${'x'.repeat(60)}`,
  ),
  userEvent: bytes(
    `\x82\xa5Error\xa0\xa3Seq\x04\x85\xa8Coalesce\xc2\xa5Event\xa4user\xa5LTime\x01\xa4Name\xd9(${'n'.repeat(40)}` +
      `\xa7Payload\xc5\x01\x00${all256}`,
  ),
  queryEvent: bytes(
    '\x82\xa5Error\xa0\xa3Seq\x04\x85\xa5Event\xa5query\xa2ID\x01\xa5LTime\x01\xa4Name\xa1q\xa7Payload\xc0',
  ),
  queryDone: bytes('\x82\xa5Error\xa0\xa3Seq\x07\x83\xa4From\xa0\xa7Payload\xc0\xa4Type\xa4done'),
  listKeys: bytes(
    '\x82\xa5Error\xba1/1 nodes reported failure\xa3Seq\x09\x85\xa4Keys\x80' +
      '\xa8Messages\x81\xa2p1\xd9)Keyring is empty (encryption not enabled)' +
      '\xa6NumErr\x01\xa8NumNodes\x01\xa7NumResp\x01',
  ),
  coordinate: bytes(
    `\x82\xa5Error\xa0\xa3Seq\x0b\x82\xa5Coord\x84\xaaAdjustment${zero}` +
      '\xa5Error\xcb?\xf8\x00\x00\x00\x00\x00\x00\xa6Height\xcb>\xe4\xf8\xb5\x88\xe3h\xf1' +
      `\xa3Vec\x98${zero.repeat(8)}\xa2Ok\xc3`,
  ),
  noCoordinate: bytes(
    `\x82\xa5Error\xa0\xa3Seq\x0c\x82\xa5Coord\x84\xaaAdjustment${zero}\xa5Error${zero}` +
      `\xa6Height${zero}\xa3Vec\xc0\xa2Ok\xc2`,
  ),
  stats: bytes(
    '\x82\xa5Error\xa0\xa3Seq\x0d\x83\xaeevent_handlers\x80\xa5agent\x81\xa4name\xa2p1' +
      '\xa4serf\x82\xa7members\xa11\xa9encrypted\xa5false',
  ),
  join: bytes(
    '\x82\xa5Error\xd9d1 error occurred:\x0a\x09* Failed to join 127.0.0.1:1: dial tcp 127.0.0.1:1: ' +
      'connect: connection refused\x0a\x0a\xa3Seq\x0e\x81\xa3Num\x00',
  ),
}

/** The same payload as builds with the old msgpack write it: a text, and the address too. */
export const capturedOld = {
  userEvent: bytes(
    captured.userEvent
      .toString('latin1')
      .replace('\xa7Payload\xc5\x01\x00', '\xa7Payload\xda\x01\x00'),
  ),
  members: bytes(captured.members.toString('latin1').replace('\xc4\x04\x7f', '\xa4\x7f')),
}
