// What a participant is told of a recording that does not arrive.
import type { RoomClientState } from '../../client/index.ts';

/** Something of the voice is missing; what there is arrives all the same, and the thanks tell of it in the reader's language. */
const OF_LOSS: ReadonlySet<string> = new Set(['capture_failed', 'chunks_missing']);

/** In words, why a recording does not arrive; undefined where nothing is known to be in its way. */
export const hindranceOf = ({ failure }: Pick<RoomClientState['upload'], 'failure'>): string | undefined =>
  failure === undefined || OF_LOSS.has(failure.code) ? undefined : failure.message;
