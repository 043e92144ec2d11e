// Browsers record WebM as a stream: its header says a duration of one millisecond, and players then cannot jump in it.
// The true length goes into that field, in the copy that is played; the stored file stays as it was recorded.

/** Matroska's id of the Duration element. */
const DURATION_ID = [0x44, 0x89] as const;
/** EBML's mark at the start of every WebM file. */
const EBML_ID = [0x1a, 0x45, 0xdf, 0xa3] as const;
/** The field stands in the header, long before the first sound. */
const HEADER_BYTES = 1_024;

const holdsAt = (bytes: Uint8Array, at: number, wanted: readonly number[]): boolean =>
  wanted.every((byte, offset) => bytes[at + offset] === byte);

const durationFieldOf = (bytes: Uint8Array): { at: number; size: 4 | 8 } | undefined => {
  for (let at = 0; at < Math.min(bytes.length - 11, HEADER_BYTES); at += 1) {
    if (!holdsAt(bytes, at, DURATION_ID)) continue;
    if (bytes[at + 2] === 0x88) return { at: at + 3, size: 8 };
    if (bytes[at + 2] === 0x84) return { at: at + 3, size: 4 };
  }
  return undefined;
};

/** Changes the given bytes; whatever is no WebM, or has no such field, is left alone. */
export const setWebmDuration = (bytes: Uint8Array<ArrayBuffer>, durationMs: number): void => {
  if (!holdsAt(bytes, 0, EBML_ID)) return;
  const field = durationFieldOf(bytes);
  if (field === undefined) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Counted in the file's time unit, which recorders leave at one millisecond.
  if (field.size === 8) view.setFloat64(field.at, durationMs);
  else view.setFloat32(field.at, durationMs);
};
