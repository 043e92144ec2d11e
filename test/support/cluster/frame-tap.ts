// Reads the Socket.IO messages that a server sends over a WebSocket from the bytes as they pass by, so that a test sees the wire
// itself and not what a client makes of it. Understands what our servers send: unmasked, uncompressed, unfragmented text.

const HEADER_END = '\r\n\r\n';
const TEXT_FRAME = 0x81;
const SIXTEEN_BITS = 126;
const SIXTY_FOUR_BITS = 127;
/** Event of /session without an ack id. */
const SESSION_EVENT = '42/session,';

/** Returns what is to be called with every piece, in order, from the answer to the upgrade on. */
export const createFrameTap = (onMessage: (name: string, body: unknown) => void): ((piece: Buffer) => void) => {
  let rest: Buffer = Buffer.alloc(0);
  let upgraded = false;

  const takeFrame = (): boolean => {
    const length = rest[1];
    if (length === undefined) return false;
    const header = length === SIXTEEN_BITS ? 4 : length === SIXTY_FOUR_BITS ? 10 : 2;
    if (rest.length < header) return false;
    const size = header === 2 ? length : header === 4 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
    if (rest.length < header + size) return false;
    const text = rest[0] === TEXT_FRAME ? rest.toString('utf8', header, header + size) : '';
    rest = rest.subarray(header + size);
    if (text.startsWith(SESSION_EVENT)) {
      const [name, body] = JSON.parse(text.slice(SESSION_EVENT.length));
      onMessage(name, body);
    }
    return true;
  };

  return (piece) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    if (!upgraded) {
      const end = rest.indexOf(HEADER_END);
      if (end < 0) return;
      upgraded = true;
      rest = rest.subarray(end + HEADER_END.length);
    }
    while (takeFrame());
  };
};
