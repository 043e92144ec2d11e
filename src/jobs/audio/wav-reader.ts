// Samples cut anywhere between two frames, each part a WAV file. They come as a WAV file, or bare with a declared type.
import { bareTypeOf } from './audio-format.ts';
import { joined, type MediaReader, type MediaUnit, MediaUnreadable, viewOf } from './media-reader.ts';

const RIFF_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
const FORMAT_BYTES = 16;
/** A header longer than this is none. */
const LONGEST_HEADER_BYTES = 64 * 1024;
const RATES = { least: 8_000, most: 192_000 };
const MOST_CHANNELS = 8;
const BYTES_PER_SAMPLE = 2;

/** `audio/pcm;format=s16le;rate=48000;channels=1`: undefined when the declared type is another. */
export const declaredPcmOf = (declared: string): { rate: number; channels: number } | undefined => {
  if (bareTypeOf(declared) !== 'audio/pcm') return undefined;
  const parameters = declared
    .toLowerCase()
    .split(';')
    .slice(1)
    .map((one) => one.trim().split('=', 2));
  const said = new Map(parameters.map(([name = '', value = '']) => [name, value]));
  const rate = Number(said.get('rate') ?? 48_000);
  const channels = Number(said.get('channels') ?? 1);
  const isPossible =
    (said.get('format') ?? 's16le') === 's16le' &&
    Number.isInteger(rate) &&
    rate >= RATES.least &&
    rate <= RATES.most &&
    Number.isInteger(channels) &&
    channels >= 1 &&
    channels <= MOST_CHANNELS;
  if (!isPossible) throw new MediaUnreadable(`samples that cannot be: ${declared.slice(0, 100)}`);
  return { rate, channels };
};

/** Everything before the samples; how many there are is filled in for each file. */
const headOf = (format: Uint8Array): Uint8Array => {
  const head = new Uint8Array(RIFF_BYTES + CHUNK_HEAD_BYTES + format.byteLength + CHUNK_HEAD_BYTES);
  head.set(new TextEncoder().encode('RIFF\0\0\0\0WAVEfmt '));
  const view = viewOf(head);
  view.setUint32(16, format.byteLength, true);
  head.set(format, RIFF_BYTES + CHUNK_HEAD_BYTES);
  head.set(new TextEncoder().encode('data'), head.length - CHUNK_HEAD_BYTES);
  return head;
};

export const wavHeadOf = ({ rate, channels }: { rate: number; channels: number }): Uint8Array => {
  const format = new Uint8Array(FORMAT_BYTES);
  const view = viewOf(format);
  const bytesPerFrame = channels * BYTES_PER_SAMPLE;
  view.setUint16(0, 1, true);
  view.setUint16(2, channels, true);
  view.setUint32(4, rate, true);
  view.setUint32(8, rate * bytesPerFrame, true);
  view.setUint16(12, bytesPerFrame, true);
  view.setUint16(14, BYTES_PER_SAMPLE * 8, true);
  return headOf(format);
};

/** The head of a WAV file and where its samples begin; undefined: more bytes are needed to tell. */
const readHead = (bytes: Uint8Array): { head: Uint8Array; samplesAt: number } | undefined => {
  const view = viewOf(bytes);
  let format: Uint8Array | undefined;
  for (let at = RIFF_BYTES; at + CHUNK_HEAD_BYTES <= bytes.length; ) {
    const name = view.getUint32(at);
    const size = view.getUint32(at + 4, true);
    if (name === 0x64617461) {
      if (!format || format.length < FORMAT_BYTES) throw new MediaUnreadable('a WAV file does not tell its format');
      return { head: headOf(format), samplesAt: at + CHUNK_HEAD_BYTES };
    }
    if (at + size > LONGEST_HEADER_BYTES) throw new MediaUnreadable('a WAV file without samples');
    if (name === 0x666d7420 && at + CHUNK_HEAD_BYTES + size <= bytes.length) {
      format = bytes.slice(at + CHUNK_HEAD_BYTES, at + CHUNK_HEAD_BYTES + size);
    }
    at += CHUNK_HEAD_BYTES + size + (size % 2);
  }
  return undefined;
};

/** With the head of bare samples, or without for a WAV file. */
export const createWavReader = (bareHead?: Uint8Array): MediaReader => {
  let pending: Uint8Array = new Uint8Array();
  let head = bareHead;
  let framesRead = 0;

  /** In units of a second, so that files can be filled well. */
  const unitsOf = (isEnd: boolean): MediaUnit[] => {
    const units: MediaUnit[] = [];
    if (!head) return units;
    const format = viewOf(head);
    const rate = format.getUint32(24, true);
    const bytesPerFrame = format.getUint16(32, true);
    if (rate === 0 || bytesPerFrame === 0) throw new MediaUnreadable('a WAV file whose samples take no time');
    let at = 0;
    for (;;) {
      const left = Math.floor((pending.length - at) / bytesPerFrame);
      const frames = left >= rate ? rate : isEnd ? left : 0;
      if (frames === 0) break;
      const bytes = pending.slice(at, at + frames * bytesPerFrame);
      const fromMs = (framesRead * 1_000) / rate;
      framesRead += frames;
      units.push({ bytes, fromMs, toMs: (framesRead * 1_000) / rate, head });
      at += bytes.length;
    }
    pending = pending.slice(at);
    return units;
  };

  return {
    read(bytes) {
      pending = pending.length === 0 ? bytes : joined([pending, bytes]);
      if (!head) {
        const found = readHead(pending);
        if (!found) return [];
        head = found.head;
        pending = pending.slice(found.samplesAt);
      }
      return unitsOf(false);
    },
    end: () => unitsOf(true),
    fileOf(units) {
      const file = joined([...(units[0] ? [units[0].head] : []), ...units.map((unit) => unit.bytes)]);
      const view = viewOf(file);
      const headBytes = units[0]?.head.byteLength ?? 0;
      view.setUint32(4, file.length - 8, true);
      view.setUint32(headBytes - 4, file.length - headBytes, true);
      return file;
    },
  };
};
