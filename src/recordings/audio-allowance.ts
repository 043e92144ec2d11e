// How much audio one participant may store. PURE. As much as the longest debate can give is always taken; more than that only
// while the disk has plenty of free space; more than four times that never. An honest recorder stays far below.
const KILOBIT = 1_000 / 8;
/** Samples of 16 bits at 48 kHz; and four times what our own client asks a browser for. */
const PCM_BYTES_PER_SECOND = 768 * KILOBIT;
const CODED_BYTES_PER_SECOND = 192 * KILOBIT;
/** A debate without a time limit. */
const LONGEST_MINUTES = 6 * 60;
/** Waiting, countdown, and a goodbye. */
const AROUND_MINUTES = 10;
const NEVER_BEYOND = 4;
/** Each chunk also costs a block, an inode and a row: a million chunks of one byte take far more than a megabyte. */
const CHUNK_WEIGHT = 4_096;

export interface AudioAllowance {
  /** Of all takes of a participant together. */
  readonly expectedBytes: number;
  readonly mostBytes: number;
}

export const isPcm = (mimeType: string): boolean => mimeType.trimStart().toLowerCase().startsWith('audio/pcm');

export const audioAllowanceOf = (mimeType: string, timeLimitMinutes = LONGEST_MINUTES): AudioAllowance => {
  const bytesPerSecond = isPcm(mimeType) ? PCM_BYTES_PER_SECOND : CODED_BYTES_PER_SECOND;
  const expectedBytes = (timeLimitMinutes + AROUND_MINUTES) * 60 * bytesPerSecond;
  return { expectedBytes, mostBytes: NEVER_BEYOND * expectedBytes };
};

/** How many bytes these chunks count as. */
export const weightOf = ({ bytes, chunks }: { readonly bytes: number; readonly chunks: number }): number =>
  bytes + chunks * CHUNK_WEIGHT;
