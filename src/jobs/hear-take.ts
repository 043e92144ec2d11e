// One take and everything that can become of it: words from its pieces, and notes for what is missing. No fault of one take or
// piece reaches another [JB10].
import { type PlacedSegment, placeSegments } from '../analysis/place-segments.ts';
import type { TrackNoteCode } from '../protocol/track-notes.ts';
import type { TrackNote } from '../protocol/transcript.ts';
import type { BlobStore } from '../recordings/ports.ts';
import type { Asked, AskSpeech } from './ask-speech.ts';
import type { StageError } from './ports.ts';
import { ServiceFault } from './service-fault.ts';
import { type AudioPiece, halvesOf, piecesOf, type Take } from './take-audio.ts';

export type Later = Extract<Asked, { type: 'later' }>;

export interface HeardTake {
  readonly take: Take;
  readonly segments: readonly PlacedSegment[];
  readonly forms: readonly string[];
  readonly pieces: number;
  readonly answered: number;
  readonly notes: readonly TrackNote[];
  readonly faults: readonly StageError[];
  /** What has to be tried again. */
  readonly later: readonly Later[];
  /** Nothing more can be asked of the service, now or at all. */
  readonly isStopped: boolean;
  /** Without a byte there is nothing to be heard. */
  readonly hasAudio: boolean;
}

/** Of 25 MiB of a browser's audio some 17 s are left: whoever refuses those will refuse everything, request by request. */
const MOST_HALVINGS = 8;

/** The part of the take it is about; none where it is all of it. */
const stretchOf = (piece: AudioPiece | undefined, isWhole: boolean) =>
  piece && !isWhole ? { fromMs: Math.round(piece.fromMs), toMs: Math.round(piece.fromMs + piece.durationMs) } : {};

export const hearTake = async (take: Take, speech: AskSpeech, blobs: Pick<BlobStore, 'open'>): Promise<HeardTake> => {
  const recordingId = take.recording.id;
  const segments: PlacedSegment[] = [];
  const forms = new Set<string>();
  const failures: { piece?: AudioPiece; error: StageError }[] = [];
  const later: Later[] = [];
  let pieces = 0;
  let answered = 0;
  let isStopped = false;

  const hear = async (piece: AudioPiece, halvings = 0): Promise<void> => {
    pieces += 1;
    const asked = await speech.ask(recordingId, piece);
    if (asked.type === 'answered') {
      answered += 1;
      if (asked.form !== undefined) forms.add(asked.form);
      for (const one of placeSegments(asked.segments, piece.durationMs)) {
        segments.push({ ...one, fromMs: one.fromMs + piece.fromMs, toMs: one.toMs + piece.fromMs });
      }
    } else if (asked.type === 'too_large') {
      const halves = halvings < MOST_HALVINGS ? halvesOf(piece) : [];
      if (halves.length === 0) {
        const message = 'The service takes no audio of this size, and it cannot be cut into smaller parts.';
        failures.push({ piece, error: { code: 'audio_too_large', message, recordingId } });
        return;
      }
      pieces -= 1;
      for (const half of halves) if (!isStopped) await hear(half, halvings + 1);
    } else if (asked.type === 'failed') {
      failures.push({ piece, error: asked.error });
      isStopped ||= asked.isClosed;
    } else {
      later.push(asked);
      isStopped ||= asked.isAway;
    }
  };

  try {
    for await (const piece of piecesOf(take, blobs)) {
      await hear(piece);
      if (isStopped) break;
    }
  } catch (error) {
    if (!(error instanceof ServiceFault)) throw error;
    const asked = await speech.unreadable(recordingId, error);
    if (asked.type === 'later') later.push(asked);
    else if (asked.type === 'failed') failures.push({ error: asked.error });
  }
  return {
    take,
    segments,
    forms: [...forms],
    pieces,
    answered,
    notes: failures.map(({ piece, error }) => ({
      code: error.code as TrackNoteCode,
      message: error.message,
      ...stretchOf(piece, pieces === 1),
    })),
    faults: failures.map(({ error }) => error),
    later,
    isStopped,
    hasAudio: take.chunks.some((chunk) => chunk.bytes > 0),
  };
};
