// Long audio of real form, made in memory: WebM out of a fixture's clusters with shifted times, Ogg pages, WAV samples.
import { createOggReader } from '../../../src/jobs/audio/ogg-reader.ts';
import { createWavReader, wavHeadOf } from '../../../src/jobs/audio/wav-reader.ts';
import { createWebmReader } from '../../../src/jobs/audio/webm-reader.ts';

const CLUSTER = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
const CLUSTER_MS = 1_000;

/** A second of the fixture's sound in each cluster, written as MediaRecorder does: sizes unknown, times of the whole. */
export const webmOf = (voice: Uint8Array, seconds: number): Uint8Array => {
  const bytes = Buffer.from(voice);
  const starts: number[] = [];
  for (let at = bytes.indexOf(CLUSTER); at >= 0; at = bytes.indexOf(CLUSTER, at + 4)) starts.push(at);
  const bodies = starts.map((start, index) => {
    const timestampBytes = 2 + ((bytes[start + 13] ?? 0) & 0x0f);
    return bytes.subarray(start + 12 + timestampBytes, starts[index + 1]);
  });
  const parts: Buffer[] = [bytes.subarray(0, starts[0])];
  for (let second = 0; second < seconds; second += 1) {
    const head = Buffer.from([...CLUSTER, 1, 255, 255, 255, 255, 255, 255, 255, 0xe7, 0x84, 0, 0, 0, 0]);
    head.writeUInt32BE(second * CLUSTER_MS, 14);
    // The last one of the fixture is not a whole second.
    parts.push(head, bodies[second % (bodies.length - 1)] ?? Buffer.alloc(0));
  }
  return new Uint8Array(Buffer.concat(parts));
};

const pageOf = (type: number, granule: number, body: Uint8Array): Uint8Array => {
  const lacing = [...Array<number>(Math.floor(body.length / 255)).fill(255), body.length % 255];
  const page = new Uint8Array(27 + lacing.length + body.length);
  page.set(new TextEncoder().encode('OggS'));
  page[5] = type;
  new DataView(page.buffer).setBigUint64(6, BigInt(granule), true);
  page[26] = lacing.length;
  page.set(lacing, 27);
  page.set(body, 27 + lacing.length);
  return page;
};

/** Pages of a second; every third packet runs on into the next page. */
export const oggOf = (seconds: number): Uint8Array => {
  const head = new Uint8Array(19);
  head.set(new TextEncoder().encode('OpusHead\x01\x01'));
  const pages = [pageOf(2, 0, head), pageOf(0, 0, new TextEncoder().encode('OpusTags\0\0\0\0\0\0\0\0'))];
  for (let second = 0; second < seconds; second += 1) {
    const body = new Uint8Array(1_500).fill(second + 1);
    pages.push(pageOf(second % 3 === 1 ? 1 : 0, (second + 1) * 48_000, body));
  }
  const reader = createOggReader();
  const units = [...reader.read(new Uint8Array(Buffer.concat(pages))), ...reader.end()];
  return reader.fileOf(units);
};

export const wavOf = (seconds: number, rate: number): Uint8Array => {
  const samples = new Uint8Array(seconds * rate * 2).map((_, index) => (index * 7_919) >> 3);
  const head = wavHeadOf({ rate, channels: 1 });
  return createWavReader(head).fileOf([{ bytes: samples, fromMs: 0, toMs: 0, head }]);
};

const OPUS_HEAD_BYTES = 19;
/** The fixtures' frames have 60 ms. */
const SAMPLES_PER_PACKET = 2_880;

/** The same Opus packets as in the fixture, in pages of Ogg. */
export const oggFrom = (voice: Uint8Array): Uint8Array => {
  const webm = createWebmReader();
  const units = [...webm.read(voice), ...webm.end()];
  const packets = units.flatMap(({ bytes }) => {
    const found: Uint8Array[] = [];
    // Behind the head of the cluster there are simple blocks alone: their sizes have one byte or two.
    for (let at = 18; at < bytes.length; ) {
      const isShort = ((bytes[at + 1] ?? 0) & 0x80) !== 0;
      const size = isShort ? (bytes[at + 1] ?? 0) & 0x7f : (((bytes[at + 1] ?? 0) & 0x3f) << 8) | (bytes[at + 2] ?? 0);
      const from = at + (isShort ? 2 : 3);
      found.push(bytes.slice(from + 4, from + size));
      at = from + size;
    }
    return found;
  });
  const headAt = Buffer.from(voice).indexOf('OpusHead');
  const pages = [
    pageOf(2, 0, voice.slice(headAt, headAt + OPUS_HEAD_BYTES)),
    pageOf(0, 0, new TextEncoder().encode('OpusTags\0\0\0\0\0\0\0\0')),
    ...packets.map((packet, index) => pageOf(0, (index + 1) * SAMPLES_PER_PACKET, packet)),
  ];
  const reader = createOggReader();
  const pageUnits = [...reader.read(new Uint8Array(Buffer.concat(pages))), ...reader.end()];
  return reader.fileOf(pageUnits);
};
