// Fragmented MP4, as Safari and Chromium record it, cut at its fragments: `moof` with the `mdat` behind it. Whole MP4 files have
// one table of all samples and are not cut.
import { joined, MediaIndivisible, type MediaReader, type MediaUnit, MediaUnreadable, viewOf } from './media-reader.ts';

const HEAD_BYTES = 8;
const LARGE_HEAD_BYTES = 16;
const LARGEST_BOX_BYTES = 64 * 1024 * 1024;
/** `tfhd` says that positions count from the start of the file: such a fragment cannot be moved. */
const BASE_DATA_OFFSET = 1;
const DEFAULT_DURATION = 8;
/** Of `trun`: the samples tell their lengths. */
const SAMPLE_DURATION = 0x100;

interface Box {
  readonly name: string;
  /** Of its content, in the bytes that were searched. */
  readonly from: number;
  readonly to: number;
}

/** Undefined: more bytes are needed to tell. */
const boxAt = (bytes: Uint8Array, at: number, end: number): Box | undefined => {
  if (at + HEAD_BYTES > end) return undefined;
  const view = viewOf(bytes);
  const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  const size = view.getUint32(at);
  if (size !== 1) return boxOf(name, at, HEAD_BYTES, size);
  if (at + LARGE_HEAD_BYTES > end) return undefined;
  return boxOf(name, at, LARGE_HEAD_BYTES, Number(view.getBigUint64(at + HEAD_BYTES)));
};

const boxOf = (name: string, at: number, headBytes: number, size: number): Box => {
  if (name === 'mdat' && size > LARGEST_BOX_BYTES) throw new MediaIndivisible('all its sound is in one part');
  if (size < headBytes || size > LARGEST_BOX_BYTES) {
    throw new MediaUnreadable(`an MP4 box ${name.replace(/[^\w ]/g, '?')} of ${size} bytes`);
  }
  return { name, from: at + headBytes, to: at + size };
};

/** The first box at the end of a path of names. */
const find = (bytes: Uint8Array, within: Box, [name, ...deeper]: readonly string[]): Box | undefined => {
  for (let at = within.from; at < within.to; ) {
    const box = boxAt(bytes, at, within.to);
    if (!box) return undefined;
    if (box.name === name) return deeper.length === 0 ? box : find(bytes, box, deeper);
    at = box.to;
  }
  return undefined;
};

/** Version 1 has times of 8 bytes where version 0 has 4. */
const isLong = (bytes: Uint8Array, box: Box): boolean => bytes[box.from] === 1;

const timescaleOf = (bytes: Uint8Array, moov: Box): number => {
  const box = find(bytes, moov, ['trak', 'mdia', 'mdhd']);
  const timescale = box && viewOf(bytes).getUint32(box.from + (isLong(bytes, box) ? 20 : 12));
  if (!timescale) throw new MediaUnreadable('an MP4 file without a time scale');
  return timescale;
};

const decodeTimeAt = (bytes: Uint8Array, tfdt: Box): bigint =>
  isLong(bytes, tfdt) ? viewOf(bytes).getBigUint64(tfdt.from + 4) : BigInt(viewOf(bytes).getUint32(tfdt.from + 4));

const tfdtOf = (bytes: Uint8Array, moof: Box): Box => {
  const tfhd = find(bytes, moof, ['traf', 'tfhd']);
  const tfdt = find(bytes, moof, ['traf', 'tfdt']);
  if (!tfhd || !tfdt) throw new MediaUnreadable('an MP4 fragment that does not tell its time');
  if (((bytes[tfhd.from + 3] ?? 0) & BASE_DATA_OFFSET) !== 0)
    throw new MediaIndivisible('an MP4 fragment with a fixed place');
  return tfdt;
};

/** Where in a unit its fragment begins: at its first byte. */
const moofOf = (unit: Uint8Array): Box => {
  const box = boxAt(unit, 0, unit.length);
  if (!box) throw new MediaUnreadable('an MP4 fragment without a head');
  return box;
};

/** How long a fragment is: each sample tells, or one length holds for all; 0 where neither is told. */
const ticksOf = (bytes: Uint8Array, moof: Box): number => {
  const view = viewOf(bytes);
  const tfhd = find(bytes, moof, ['traf', 'tfhd']);
  const trun = find(bytes, moof, ['traf', 'trun']);
  if (!tfhd || !trun) return 0;
  const samples = view.getUint32(trun.from + 4);
  const flags = view.getUint32(trun.from) & 0xffffff;
  const has = (flag: number): number => ((flags & flag) === 0 ? 0 : 4);
  if (has(SAMPLE_DURATION) === 0) {
    const said = view.getUint32(tfhd.from) & 0xffffff;
    // Behind the number of the track, and that of its description if there is one.
    const at = tfhd.from + 8 + ((said & 2) === 0 ? 0 : 4);
    return (said & DEFAULT_DURATION) === 0 ? 0 : samples * view.getUint32(at);
  }
  const bytesPerSample = 4 + has(0x200) + has(0x400) + has(0x800);
  const first = trun.from + 8 + has(1) + has(4);
  if (first + samples * bytesPerSample > trun.to) throw new MediaUnreadable('an MP4 fragment that is cut off');
  let ticks = 0;
  for (let index = 0; index < samples; index += 1) ticks += view.getUint32(first + index * bytesPerSample);
  return ticks;
};

export const createMp4Reader = (): MediaReader => {
  let pending: Uint8Array = new Uint8Array();
  const headBoxes: Uint8Array[] = [];
  let head = new Uint8Array();
  let timescale = 0;
  let open: Uint8Array[] = [];
  let firstTime: bigint | undefined;

  const close = (): MediaUnit[] => {
    if (open.length === 0) return [];
    const bytes = joined(open);
    open = [];
    const moof = moofOf(bytes);
    const time = decodeTimeAt(bytes, tfdtOf(bytes, moof));
    firstTime ??= time;
    const fromMs = (Number(time - firstTime) * 1_000) / timescale;
    return [{ bytes, fromMs, toMs: fromMs + (ticksOf(bytes, moof) * 1_000) / timescale, head }];
  };

  const take = (name: string, whole: Uint8Array): MediaUnit[] => {
    if (name === 'moof') {
      if (timescale === 0) throw new MediaUnreadable('an MP4 fragment before the header');
      if (head.length === 0) head = joined(headBoxes);
      const units = close();
      open = [whole];
      return units;
    }
    if (name === 'mdat' && open.length > 0) open.push(whole);
    else if (name === 'mdat') throw new MediaIndivisible('an MP4 file that is not in fragments');
    else if (name === 'ftyp' || name === 'moov') {
      if (name === 'moov') timescale = timescaleOf(whole, { name, from: HEAD_BYTES, to: whole.length });
      headBoxes.push(whole);
    }
    // Indexes (`sidx`, `mfra`) and marks (`styp`) speak of the whole file, and are left out of parts of it.
    return [];
  };

  return {
    read(bytes) {
      pending = pending.length === 0 ? bytes : joined([pending, bytes]);
      const units: MediaUnit[] = [];
      let at = 0;
      for (;;) {
        const box = boxAt(pending, at, pending.length);
        if (!box || box.to > pending.length) break;
        units.push(...take(box.name, pending.slice(at, box.to)));
        at = box.to;
      }
      pending = pending.slice(at);
      return units;
    },
    end: () => close(),
    fileOf(units) {
      const [first] = units;
      const shift = first ? decodeTimeAt(first.bytes, tfdtOf(first.bytes, moofOf(first.bytes))) : 0n;
      const moved = units.map((unit) => {
        const bytes = unit.bytes.slice();
        const tfdt = tfdtOf(bytes, moofOf(bytes));
        const time = decodeTimeAt(bytes, tfdt) - shift;
        if (isLong(bytes, tfdt)) viewOf(bytes).setBigUint64(tfdt.from + 4, time);
        else viewOf(bytes).setUint32(tfdt.from + 4, Number(time));
        return bytes;
      });
      return joined([...(first ? [first.head] : []), ...moved]);
    },
  };
};
