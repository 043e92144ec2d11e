// Socket.IO's decoder behind limits: what is too large for any message is not parsed, because parsing is where a large frame
// costs, and everybody may send one. Such a message still arrives, without its content, so that its sender can be refused.
import { EventEmitter } from 'node:events';
import { Decoder, Encoder, type Packet, PacketType } from 'socket.io-parser';
import { SESSION_NAMESPACE } from '../protocol/session-messages.ts';
import { MAX_SIGNAL_BYTES, SIGNALING_NAMESPACE } from '../protocol/signaling-messages.ts';

/** A token, an instance and room for what other clients add. */
const MAX_CONNECT_LENGTH = 4 * 1024;
/** The largest answers: 50 options of 500 characters, or a text of 10,000, whatever has to be escaped in it. */
const MAX_SESSION_LENGTH = 64 * 1024;
/** Beside the description or the candidate. */
const MAX_SIGNAL_LENGTH = MAX_SIGNAL_BYTES + 4 * 1024;
const MAX_EVENT_LENGTHS: ReadonlyMap<string, number> = new Map([
  [SESSION_NAMESPACE, MAX_SESSION_LENGTH],
  [SIGNALING_NAMESPACE, MAX_SIGNAL_LENGTH],
]);
/** Packets of any other kind, and of namespaces that are not there. */
const MAX_OTHER_LENGTH = 4 * 1024;
const HEAD_LENGTH = 200;
/** Kind, namespace if it is not the root, id of the acknowledgement. */
const HEAD = /^(\d)(?:(\/[^,]*),)?(\d{0,15})/;

/** A message that was too large to be parsed. */
export const TOO_LARGE = Symbol('too large');

/** A message's body with the length of the packet that brought it. */
export class Weighed {
  readonly body: unknown;
  readonly length: number;
  constructor(body: unknown, length: number) {
    this.body = body;
    this.length = length;
  }
}

/** The body alone is handed on: no message of ours has more. */
const weighed = (packet: Packet, length: number): Packet =>
  packet.type === PacketType.EVENT && Array.isArray(packet.data)
    ? { ...packet, data: [packet.data[0], new Weighed(packet.data[1], length)] }
    : packet;

const withoutContent = (text: string): Packet | undefined => {
  const [, kind, namespace = '/', id = ''] = HEAD.exec(text.slice(0, HEAD_LENGTH)) ?? [];
  const type = Number(kind);
  if (type === PacketType.CONNECT) return text.length > MAX_CONNECT_LENGTH ? { type, nsp: namespace } : undefined;
  const limit = type === PacketType.EVENT ? MAX_EVENT_LENGTHS.get(namespace) : undefined;
  if (text.length <= (limit ?? MAX_OTHER_LENGTH)) return undefined;
  if (limit === undefined) throw new Error('a packet that is larger than any of its kind');
  const data = ['', new Weighed(TOO_LARGE, text.length)];
  return { type, nsp: namespace, data, ...(id !== '' && { id: Number(id) }) };
};

class BoundedDecoder extends EventEmitter {
  readonly #decoder = new Decoder();
  /** Of the packet that is being decoded, all its parts. */
  #length = 0;

  constructor() {
    super();
    this.#decoder.on('decoded', (packet) => this.emit('decoded', weighed(packet, this.#length)));
  }

  /** Throws on what breaks the protocol: the connection is then closed. */
  add(part: string | Uint8Array): void {
    if (typeof part === 'string') {
      this.#length = part.length;
      const bare = withoutContent(part);
      if (bare) {
        this.emit('decoded', bare);
        return;
      }
    } else {
      this.#length += part.byteLength;
      if (this.#length > MAX_SESSION_LENGTH) throw new Error('attachments that are larger than any message');
    }
    this.#decoder.add(part);
  }

  destroy(): void {
    this.#decoder.destroy();
  }
}

export const boundedParser = { Encoder, Decoder: BoundedDecoder };
