// How much audio one participant may fill the disk with. PURE. What a whole debate can be is taken always; beyond it only while
// there is plenty of room, and beyond many times that never: an honest recorder does not come near.
const KILOBIT = 1_000 / 8;
/** Samples of 16 bits at 48 kHz; and four times what our own client asks a browser for. */
const PCM_BYTES_PER_SECOND = 768 * KILOBIT;
const CODED_BYTES_PER_SECOND = 192 * KILOBIT;
/** A debate without a time limit. */
const LONGEST_MINUTES = 6 * 60;
/** Waiting, countdown, and a goodbye. */
const AROUND_MINUTES = 10;
const NEVER_BEYOND = 4;
/** A file takes a block, an inode and a row beside its bytes: a million chunks of one byte are no megabyte. */
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

/** What so many chunks of so many bytes together count as. */
export const weightOf = ({ bytes, chunks }: { readonly bytes: number; readonly chunks: number }): number =>
  bytes + chunks * CHUNK_WEIGHT;
