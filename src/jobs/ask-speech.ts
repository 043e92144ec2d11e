// One piece of audio and the speech service: what was paid is kept, what failed is counted for this piece alone, over restarts,
// and has an end [JB27]. A run that a person asked for counts anew.
import type { SpokenSegment } from '../analysis/place-segments.ts';
import type { AudioAttempts, SpeechToText, StageError } from './ports.ts';
import { isSameAgain, retryDelayOf } from './retry-table.ts';
import type { StageTools } from './run-stage.ts';
import { type FaultKind, ServiceFault } from './service-fault.ts';
import type { AudioPiece } from './take-audio.ts';

/** Whatever the reasons: also of attempts that brought the worker down. */
const MOST_ATTEMPTS = 12;

/** The next piece would fare no better: the pass ends, or the whole stage. */
const SERVICE_IS_AWAY: readonly FaultKind[] = ['rate_limited', 'network'];
const SERVICE_IS_CLOSED: readonly FaultKind[] = ['unauthorized', 'quota_exhausted'];

export type Asked =
  | { readonly type: 'answered'; readonly segments: readonly SpokenSegment[]; readonly form: string | undefined }
  | { readonly type: 'too_large' }
  | { readonly type: 'failed'; readonly error: StageError; readonly isClosed: boolean }
  | {
      readonly type: 'later';
      readonly at: number;
      readonly attempts: number;
      readonly error: StageError;
      readonly isAway: boolean;
    };

export interface SpeechRun {
  readonly speech: SpeechToText;
  readonly language: string;
  /** '' for the automatic one. */
  readonly run: string;
  readonly signal: AbortSignal;
}

const keyOf = (piece: { recordingId: string; digest: string }): string => `${piece.recordingId} ${piece.digest}`;

export const createAskSpeech = async (
  tools: Pick<StageTools, 'store' | 'clock' | 'random' | 'metrics' | 'log'>,
  roomId: string,
  { speech, language, run, signal }: SpeechRun,
) => {
  const { store, clock, random, metrics, log } = tools;
  const ledger = new Map<string, AudioAttempts>();
  for (const row of await store.attempts(roomId, run)) {
    if (row.model === speech.model) ledger.set(keyOf(row), row);
  }

  /** Counts what went wrong and says what comes of it. */
  const failed = async (recordingId: string, digest: string, fault: ServiceFault): Promise<Asked> => {
    const piece = { recordingId, digest, model: speech.model };
    const row = ledger.get(keyOf(piece));
    const attempts = row?.attempts ?? 1;
    const isEnd = attempts >= MOST_ATTEMPTS || isSameAgain(row?.fault, fault);
    const delayMs = isEnd ? undefined : retryDelayOf(fault, attempts, random());
    const at = clock.now() + (delayMs ?? 0);
    const error: StageError = {
      code: fault.kind,
      message: fault.message,
      recordingId,
      ...(delayMs === undefined ? {} : { retryAt: Math.round(at) }),
    };
    log.warn({ roomId, recordingId, attempts, kind: fault.kind, delayMs, err: fault.cause ?? fault }, 'a track failed');
    await store.failAttempt(piece, run, error);
    ledger.set(keyOf(piece), { ...piece, attempts, fault: error });
    if (delayMs === undefined) return { type: 'failed', error, isClosed: SERVICE_IS_CLOSED.includes(fault.kind) };
    return { type: 'later', at, attempts, error, isAway: SERVICE_IS_AWAY.includes(fault.kind) };
  };

  const begin = async (recordingId: string, digest: string): Promise<void> => {
    const piece = { recordingId, digest, model: speech.model };
    await store.beginAttempt(piece, run);
    const before = ledger.get(keyOf(piece));
    ledger.set(keyOf(piece), { ...piece, ...before, attempts: (before?.attempts ?? 0) + 1 });
  };

  /** Undefined: it may be asked. */
  const settled = (row: AudioAttempts | undefined): Asked | undefined => {
    if (!row) return undefined;
    const { fault, attempts, recordingId } = row;
    if (fault?.code === 'audio_too_large') return { type: 'too_large' };
    if (fault?.retryAt !== undefined && fault.retryAt > clock.now()) {
      return { type: 'later', at: fault.retryAt, attempts, error: fault, isAway: false };
    }
    if (fault && fault.retryAt === undefined) return { type: 'failed', error: fault, isClosed: false };
    if (attempts < MOST_ATTEMPTS) return undefined;
    const message = 'The worker was stopped each time that it asked for this audio.';
    return { type: 'failed', error: { code: 'internal', message, recordingId }, isClosed: false };
  };

  const ask = async (recordingId: string, audio: AudioPiece): Promise<Asked> => {
    const piece = { recordingId, digest: audio.digest, model: speech.model };
    const kept = await store.answer(piece);
    // The former version kept failures as empty answers: whoever asks for a new run gets those asked once more.
    const isBelieved = kept && (run === '' || kept.form !== undefined || kept.segments.some(({ text }) => text !== ''));
    if (isBelieved) return { type: 'answered', segments: kept.segments, form: kept.form };
    const end = settled(ledger.get(keyOf(piece)));
    if (end) return end;
    signal.throwIfAborted();
    await begin(recordingId, audio.digest);
    try {
      const { bytes, format, durationMs } = audio;
      const file = { bytes, fileName: `audio.${format.ending}`, mimeType: format.mimeType, language, durationMs };
      const answer = await speech.transcribe(file, signal);
      await store.saveAnswer(piece, { ...answer, language, at: clock.now() });
      metrics.serviceCalls.inc({ service: 'speech', result: 'answered' });
      metrics.audioSeconds.inc(durationMs / 1_000);
      return { type: 'answered', ...answer };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ServiceFault)) throw error;
      metrics.serviceCalls.inc({ service: 'speech', result: error.kind });
      const outcome = await failed(recordingId, audio.digest, error);
      return error.kind === 'audio_too_large' ? { type: 'too_large' } : outcome;
    }
  };

  /** The audio itself failed before anything could be asked. */
  const unreadable = async (recordingId: string, fault: ServiceFault): Promise<Asked> => {
    await begin(recordingId, 'reading');
    return failed(recordingId, 'reading', fault);
  };

  /** So far, for all of a recording's audio: who failed most comes last. */
  const attemptsOf = (recordingId: string): number =>
    [...ledger.values()].reduce((sum, row) => sum + (row.recordingId === recordingId ? row.attempts : 0), 0);

  return { ask, unreadable, attemptsOf };
};

export type AskSpeech = Awaited<ReturnType<typeof createAskSpeech>>;
