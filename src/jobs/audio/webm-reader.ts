// WebM cut at its clusters. MediaRecorder begins one with each slice; their sizes are unknown there, so a cluster ends where the
// next begins. A second header (a recorder that began anew) goes on where the part before it ended.
import { joined, type MediaReader, type MediaUnit, MediaUnreadable, viewOf } from './media-reader.ts';

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TRACKS = 0x1654ae6b;
const CLUSTER = 0x1f43b675;
const TIMESTAMP = 0xe7;
const SIMPLE_BLOCK = 0xa3;
const BLOCK_GROUP = 0xa0;
const TIMESTAMP_SCALE = 0x2ad7b1;
const DURATION = 0x4489;
const VOID_ID = 0xec;

const SEGMENT_OF_UNKNOWN_SIZE = new Uint8Array([0x18, 0x53, 0x80, 0x67, 0x01, 255, 255, 255, 255, 255, 255, 255]);
const CLUSTER_HEAD_BYTES = 12;
/** Element of 4 bytes: ms up to 49 days. */
const TIMESTAMP_BYTES = 6;
/** No element of a recording is nearly as large; a size beyond it is garbage read as a size. */
const LARGEST_ELEMENT_BYTES = 16 * 1024 * 1024;
/** Length of a block in a cluster that has no other to compare it with: the shortest that browsers record. */
const LONE_BLOCK_MS = 20;

interface Element {
  readonly id: number;
  /** Undefined: unknown. */
  readonly size: number | undefined;
  readonly headBytes: number;
}

/** Undefined: more bytes are needed to tell. */
const elementAt = (bytes: Uint8Array, at: number): Element | undefined => {
  const idBytes = Math.clz32(bytes[at] ?? 0) - 23;
  if (at >= bytes.length) return undefined;
  if (idBytes > 4) throw new MediaUnreadable(`no WebM element begins with byte ${bytes[at]}`);
  const sizeBytes = Math.clz32(bytes[at + idBytes] ?? 0) - 23;
  if (at + idBytes >= bytes.length) return undefined;
  if (sizeBytes > 8) throw new MediaUnreadable('a WebM element has no size');
  if (at + idBytes + sizeBytes > bytes.length) return undefined;
  let id = 0;
  for (let index = 0; index < idBytes; index += 1) id = id * 256 + (bytes[at + index] ?? 0);
  let size = (bytes[at + idBytes] ?? 0) & (0xff >> sizeBytes);
  let isUnknown = size === 0xff >> sizeBytes;
  for (let index = 1; index < sizeBytes; index += 1) {
    const byte = bytes[at + idBytes + index] ?? 0;
    size = size * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return { id, size: isUnknown ? undefined : size, headBytes: idBytes + sizeBytes };
};

const LONGEST_UINT_BYTES = 8;

/** Longer ones would grow beyond all numbers, and what is reckoned with them would be none. */
const uintOf = (bytes: Uint8Array): number => {
  if (bytes.length > LONGEST_UINT_BYTES) throw new MediaUnreadable(`a WebM number of ${bytes.length} bytes`);
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
};

const clusterOf = (timestamp: number, body: readonly Uint8Array[]): Uint8Array => {
  const size = body.reduce((sum, part) => sum + part.byteLength, TIMESTAMP_BYTES);
  const head = new Uint8Array(CLUSTER_HEAD_BYTES + TIMESTAMP_BYTES);
  const view = viewOf(head);
  view.setUint32(0, CLUSTER);
  view.setBigUint64(4, 0x0100_0000_0000_0000n | BigInt(size));
  view.setUint16(CLUSTER_HEAD_BYTES, 0xe784);
  view.setUint32(CLUSTER_HEAD_BYTES + 2, timestamp);
  return joined([head, ...body]);
};

/** The whole's duration would be a lie about a part: it becomes a gap of the same length. Returns the ns of one tick. */
const readInfo = (info: Uint8Array, headBytes: number): number => {
  let scale = 1_000_000;
  for (let at = headBytes; at < info.length; ) {
    const element = elementAt(info, at);
    if (element?.size === undefined) break;
    const from = at + element.headBytes;
    if (element.id === TIMESTAMP_SCALE) scale = uintOf(info.subarray(from, from + element.size)) || scale;
    if (element.id === DURATION && element.headBytes === 3) info.set([VOID_ID, 0x40, element.size], at);
    at = from + element.size;
  }
  return scale;
};

interface OpenCluster {
  timestamp: number | undefined;
  lastBlock: number;
  /** Between the last two: nothing else tells how long the last one is. */
  blockTicks: number | undefined;
  readonly body: Uint8Array[];
}

export const createWebmReader = (): MediaReader => {
  let pending: Uint8Array = new Uint8Array();
  let headParts: Uint8Array[] = [];
  let head = new Uint8Array();
  let msPerTick = 1;
  let cluster: OpenCluster | undefined;
  /** Ticks of this part's first cluster, and where in the take the part begins. */
  let firstTick: number | undefined;
  let partFromMs = 0;
  let endMs = 0;

  const closeCluster = (units: MediaUnit[]): void => {
    const closing = cluster;
    cluster = undefined;
    if (closing?.timestamp === undefined || closing.body.length === 0) return;
    firstTick ??= closing.timestamp;
    const fromMs = partFromMs + (closing.timestamp - firstTick) * msPerTick;
    const lastMs = closing.blockTicks === undefined ? LONE_BLOCK_MS : closing.blockTicks * msPerTick;
    endMs = fromMs + closing.lastBlock * msPerTick + lastMs;
    units.push({ bytes: clusterOf(closing.timestamp, closing.body), fromMs, toMs: endMs, head });
  };

  const enter = (id: number, units: MediaUnit[]): void => {
    if (id !== CLUSTER) return;
    closeCluster(units);
    if (headParts.length > 0) head = joined(headParts);
    headParts = [];
    cluster = { timestamp: undefined, lastBlock: 0, blockTicks: undefined, body: [] };
  };

  const take = ({ id, headBytes }: Element, whole: Uint8Array, units: MediaUnit[]): void => {
    const content = whole.subarray(headBytes);
    if (id === EBML) {
      closeCluster(units);
      headParts = [whole.slice(), SEGMENT_OF_UNKNOWN_SIZE];
      partFromMs = endMs;
      firstTick = undefined;
    } else if (id === INFO || id === TRACKS) {
      closeCluster(units);
      const copy = whole.slice();
      if (id === INFO) msPerTick = readInfo(copy, headBytes) / 1_000_000;
      headParts.push(copy);
    } else if (cluster && id === TIMESTAMP) cluster.timestamp = uintOf(content);
    else if (cluster && (id === SIMPLE_BLOCK || id === BLOCK_GROUP)) {
      // Behind the number of the track, which is one byte in a file of one track.
      if (id === SIMPLE_BLOCK && content.length > 3) {
        const at = viewOf(content).getInt16(1);
        if (cluster.body.length > 0) cluster.blockTicks = Math.max(0, at - cluster.lastBlock);
        cluster.lastBlock = at;
      }
      cluster.body.push(whole.slice());
    }
    // What else there may be (positions, cues, tags) speaks of the whole file, and is left out of parts of it.
  };

  return {
    read(bytes) {
      pending = pending.length === 0 ? bytes : joined([pending, bytes]);
      const units: MediaUnit[] = [];
      let at = 0;
      for (;;) {
        const element = elementAt(pending, at);
        if (!element) break;
        const isEntered = element.id === SEGMENT || element.id === CLUSTER;
        if (!isEntered && element.size === undefined) throw new MediaUnreadable('a WebM element never ends');
        const size = isEntered ? 0 : (element.size ?? 0);
        if (size > LARGEST_ELEMENT_BYTES) throw new MediaUnreadable(`a WebM element claims ${size} bytes`);
        const next = at + element.headBytes + size;
        if (next > pending.length) break;
        if (isEntered) enter(element.id, units);
        else take(element, pending.subarray(at, next), units);
        at = next;
      }
      pending = pending.slice(at);
      return units;
    },
    end() {
      const units: MediaUnit[] = [];
      closeCluster(units);
      return units;
    },
    fileOf(units) {
      const [first] = units;
      const shift = first ? viewOf(first.bytes).getUint32(CLUSTER_HEAD_BYTES + 2) : 0;
      const file = joined([...(first ? [first.head] : []), ...units.map((unit) => unit.bytes)]);
      const view = viewOf(file);
      let at = (first?.head.byteLength ?? 0) + CLUSTER_HEAD_BYTES + 2;
      for (const unit of units) {
        view.setUint32(at, view.getUint32(at) - shift);
        at += unit.bytes.byteLength;
      }
      return file;
    },
  };
};
