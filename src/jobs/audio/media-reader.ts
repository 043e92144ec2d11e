// How audio is taken apart without decoding it: a reader eats bytes as they come and gives units, the smallest parts before which
// the audio can be cut; and it can put any run of units together again as a file of its own that begins at zero.

export interface MediaUnit {
  readonly bytes: Uint8Array;
  /** In the take's media. */
  readonly fromMs: number;
  readonly toMs: number;
  /** What a file of this unit begins with: units with different heads never share a file. */
  readonly head: Uint8Array;
}

export interface MediaReader {
  /** The units that are whole by now. Throws MediaUnreadable where the bytes are not what they should be. */
  read(bytes: Uint8Array): MediaUnit[];
  /** What is left at the end of the audio. */
  end(): MediaUnit[];
  /** `units` are neighbours, at least one, with one head. */
  fileOf(units: readonly MediaUnit[]): Uint8Array<ArrayBuffer>;
}

export class MediaUnreadable extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'MediaUnreadable';
  }
}

/** Sound as it is, but in one piece: there is nowhere to cut it. */
export class MediaIndivisible extends MediaUnreadable {}

export const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
};

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
