// Ogg cut at pages that begin with a new packet. In each part the pages are numbered anew and their positions begin at zero.
import { joined, type MediaReader, type MediaUnit, MediaUnreadable, viewOf } from './media-reader.ts';

const FIXED_BYTES = 27;
const CONTINUED = 1;
const LAST_PAGE = 4;
const NO_POSITION = 0xffff_ffff_ffff_ffffn;
/** Opus counts in this whatever the microphone had. */
const OPUS_RATE = 48_000;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit += 1) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
  return value;
});

const crcOf = (page: Uint8Array): number => {
  let crc = 0;
  for (const byte of page) crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ byte] ?? 0);
  return crc >>> 0;
};

/** Bytes of the page at `at`; undefined: more are needed to tell. */
const pageBytesAt = (bytes: Uint8Array, at: number): number | undefined => {
  if (at + FIXED_BYTES > bytes.length) return undefined;
  if (viewOf(bytes).getUint32(at) !== 0x4f676753) throw new MediaUnreadable('no Ogg page where one must be');
  const lacing = bytes.subarray(at + FIXED_BYTES, at + FIXED_BYTES + (bytes[at + 26] ?? 0));
  const size = FIXED_BYTES + (bytes[at + 26] ?? 0) + lacing.reduce((sum, part) => sum + part, 0);
  return at + size > bytes.length ? undefined : size;
};

const rateOf = (firstPage: Uint8Array): number => {
  const packet = firstPage.subarray(FIXED_BYTES + (firstPage[26] ?? 0));
  const name = new TextDecoder('latin1').decode(packet.subarray(0, 8));
  if (name === 'OpusHead') return OPUS_RATE;
  if (name.startsWith('\x01vorbis') && packet.length >= 16) return viewOf(packet).getUint32(12, true);
  throw new MediaUnreadable('an Ogg file of an unknown codec');
};

interface OpenUnit {
  readonly pages: Uint8Array[];
  readonly from: number;
}

export const createOggReader = (): MediaReader => {
  let pending: Uint8Array = new Uint8Array();
  const headPages: Uint8Array[] = [];
  let head = new Uint8Array();
  let rate = 0;
  let position = 0;
  let open: OpenUnit | undefined;

  const close = (): MediaUnit[] => {
    if (!open) return [];
    const unit = {
      bytes: joined(open.pages),
      fromMs: (open.from * 1_000) / rate,
      toMs: (position * 1_000) / rate,
      head,
    };
    open = undefined;
    return [unit];
  };

  const take = (page: Uint8Array): MediaUnit[] => {
    const granule = viewOf(page).getBigUint64(6, true);
    if (head.length === 0 && (granule === 0n || granule === NO_POSITION)) {
      rate ||= rateOf(page);
      headPages.push(page);
      return [];
    }
    if (headPages.length === 0) throw new MediaUnreadable('an Ogg file without a header');
    if (head.length === 0) head = joined(headPages);
    const isContinued = ((page[5] ?? 0) & CONTINUED) !== 0;
    const units = isContinued ? [] : close();
    open ??= { pages: [], from: position };
    open.pages.push(page);
    if (granule !== NO_POSITION) position = Number(granule);
    return units;
  };

  return {
    read(bytes) {
      pending = pending.length === 0 ? bytes : joined([pending, bytes]);
      const units: MediaUnit[] = [];
      let at = 0;
      for (;;) {
        const size = pageBytesAt(pending, at);
        if (size === undefined) break;
        units.push(...take(pending.slice(at, at + size)));
        at += size;
      }
      pending = pending.slice(at);
      return units;
    },
    end: () => close(),
    fileOf(units) {
      const [first] = units;
      const file = joined([...(first ? [first.head] : []), ...units.map((unit) => unit.bytes)]);
      const shift = BigInt(Math.round(((first?.fromMs ?? 0) * rate) / 1_000));
      const view = viewOf(file);
      for (let at = 0, number = 0; at < file.length; number += 1) {
        const size = pageBytesAt(file, at) ?? file.length - at;
        const granule = view.getBigUint64(at + 6, true);
        const isHead = at < (first?.head.byteLength ?? 0);
        if (!isHead && granule !== NO_POSITION) view.setBigUint64(at + 6, granule - shift, true);
        const isLast = at + size >= file.length;
        file[at + 5] = isLast ? (file[at + 5] ?? 0) | LAST_PAGE : (file[at + 5] ?? 0) & ~LAST_PAGE;
        view.setUint32(at + 18, number, true);
        view.setUint32(at + 22, 0, true);
        view.setUint32(at + 22, crcOf(file.subarray(at, at + size)), true);
        at += size;
      }
      return file;
    },
  };
};
