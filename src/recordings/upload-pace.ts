// Limits how fast one participant's uploads are read. A recorder sends a chunk every two seconds, and after an outage all that it
// kept; without a limit one fast sender could keep the node, its disk and its database busy. Nothing is refused: uploads that
// come too fast wait unread.
import { REMEMBERED_PARTICIPANTS, UPLOADS } from '../protocol/ceilings.ts';

const PER_UPLOAD_MS = 1_000 / UPLOADS.perSecond;
const PER_BYTE_MS = 1_000 / UPLOADS.bytesPerSecond;

export interface UploadPace {
  /** Resolves when the next upload of this participant may be read; those behind it wait for the bytes that it announces. */
  wait(participantId: string, bytes: number): Promise<void>;
  /** These bytes came without having been announced. */
  took(participantId: string, bytes: number): void;
}

interface UploadPaceOptions {
  readonly monotonic: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
}

export const createUploadPace = ({ monotonic, pause }: UploadPaceOptions): UploadPace => {
  /** By participant: the instant from which the next upload need not wait; least recently used first. */
  const paidAt = new Map<string, number>();

  /** A participant who has sent little may send one second's worth at once. */
  const dueOf = (participantId: string): number =>
    Math.max(paidAt.get(participantId) ?? Number.NEGATIVE_INFINITY, monotonic() - UPLOADS.burstMs);

  const spend = (participantId: string, ms: number): void => {
    const until = dueOf(participantId) + ms;
    paidAt.delete(participantId);
    paidAt.set(participantId, until);
    const oldest = paidAt.keys().next().value;
    if (paidAt.size > REMEMBERED_PARTICIPANTS && oldest !== undefined) paidAt.delete(oldest);
  };

  return {
    async wait(participantId, bytes) {
      const waitMs = dueOf(participantId) - monotonic();
      spend(participantId, PER_UPLOAD_MS + bytes * PER_BYTE_MS);
      if (waitMs > 0) await pause(waitMs);
    },
    took: (participantId, bytes) => spend(participantId, bytes * PER_BYTE_MS),
  };
};
