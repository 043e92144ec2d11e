// Socket.IO namespace /session: every message that a participant may send, and what the acks add.
import { z } from 'zod';
import type { WireError } from './error-codes.ts';
import type { RoomEventMessage, RoomSnapshot } from './room-view.ts';
import { questionIdSchema } from './study.ts';
import { idSchema, storableText } from './text.ts';

export const SESSION_NAMESPACE = '/session';

const commandId = { commandId: storableText(1, 100).optional() };
/** The farthest instants that a Date can have. */
const FARTHEST = 8.64e15;
const isNumber = (value: unknown): value is number => typeof value === 'number';
const clampTo = (lowest: number) => (value: number) => Math.min(FARTHEST, Math.max(lowest, value));
const instant = z.custom<number>(isNumber, 'must be a number').transform(clampTo(0));
/**
 * Measured by a machine whose clock may be of 1970 or 2099, or on a path without an answer: what cannot be is taken as the
 * nearest that can, and never refused. JSON knows no infinity: that comes as null.
 */
const measured = z
  .custom<number | null>((value) => value === null || isNumber(value), 'must be a number or null')
  .transform((value) => (value === null ? null : clampTo(-FARTHEST)(value)));

/** Commands are journaled: their ack means durable. */
export const sessionCommandSchemas = {
  'page:turn': z.object({
    to: z.union([z.int(), z.literal('next'), z.literal('previous')]),
    expectedPage: z.int().optional(),
    ...commandId,
  }),
  'choice:submit': z.object({
    questionId: questionIdSchema,
    value: z.union([storableText(0, 10_000), z.array(storableText(0, 500)).max(50), z.number()]),
    /** Room clock: when it was given. An answer of the debate may arrive some seconds after its end. */
    answeredAt: z.number().optional(),
    ...commandId,
  }),
  /** `capturedAt`: of its first sample. A clock may say anything: what is implausible is not believed, and not refused. */
  'recording:start': z.object({ mimeType: storableText(1, 200), capturedAt: z.number().optional(), ...commandId }),
  'recording:stop': z.object({ recordingId: idSchema, ...commandId }),
  'participant:mute': z.object({ participantId: idSchema, ...commandId }),
  /** Of oneself: only who was muted can undo it. */
  'participant:unmute': z.object({ ...commandId }),
  'participant:remove': z.object({ participantId: idSchema, ...commandId }),
  'debate:end': z.object({ ...commandId }),
} as const;

/** Telemetry and questions: not journaled. */
export const sessionTelemetrySchemas = {
  'clock:ping': z.object({}),
  /**
   * `rttMs`: the quickest round trip; `spreadMs`: how much longer nine of ten take at most; `offsetMs`: room clock minus the
   * participant's own wall clock, off by `uncertaintyMs` at most.
   */
  'clock:report': z.object({
    rttMs: measured,
    offsetMs: measured,
    uncertaintyMs: measured,
    spreadMs: measured.optional(),
  }),
  'room:sync': z.object({ since: z.int().min(0) }),
  'page:shown': z.object({ page: z.int().min(0), shownAt: instant }),
  'voice:status': z.object({ micOn: z.boolean(), speaking: z.boolean() }),
  'link:report': z.object({
    participantId: idSchema,
    state: storableText(1, 40),
    rttMs: measured.optional(),
    packetsLost: measured.optional(),
    audible: z.boolean().nullish(),
  }),
} as const;

export type SessionCommandName = keyof typeof sessionCommandSchemas;
export type SessionTelemetryName = keyof typeof sessionTelemetrySchemas;
export type SessionMessageName = SessionCommandName | SessionTelemetryName;

export type SessionBody<N extends SessionMessageName> = N extends SessionCommandName
  ? z.input<(typeof sessionCommandSchemas)[N]>
  : N extends SessionTelemetryName
    ? z.input<(typeof sessionTelemetrySchemas)[N]>
    : never;

/** Fields that a successful ack adds to `{ok: true}`. */
export interface SessionAnswers {
  'page:turn': { page: number; turnsAt: number };
  'choice:submit': { revision: number };
  'recording:start': { recordingId: string; path: string; startedAt: number };
  'recording:stop': { path: string; endedAt: number; durationMs: number };
  'participant:mute': Record<never, never>;
  'participant:unmute': Record<never, never>;
  'participant:remove': Record<never, never>;
  'debate:end': { endedAt: number };
  'clock:ping': { serverTime: number; version: number };
  'clock:report': Record<never, never>;
  /** Either the missing commits, or a snapshot when they are too many. */
  'room:sync': { commits?: RoomEventMessage[]; snapshot?: RoomSnapshot };
  'page:shown': Record<never, never>;
  'voice:status': Record<never, never>;
  'link:report': Record<never, never>;
}

export type Ack<Fields> = ({ ok: true } & Fields) | { ok: false; error: WireError };

export interface VoiceStatus {
  readonly participantId: string;
  readonly nickname: string;
  readonly micOn: boolean;
  readonly speaking: boolean;
}

/** What the server sends. */
export interface SessionServerEvents {
  'room:snapshot': (snapshot: RoomSnapshot) => void;
  'room:event': (message: RoomEventMessage) => void;
  'voice:status': (status: VoiceStatus) => void;
  'connection:replaced': (body: Record<never, never>) => void;
}
export type SessionClientEvents = {
  [N in SessionMessageName]: (body: SessionBody<N>, ack: (answer: Ack<SessionAnswers[N]>) => void) => void;
};

/** `connect_error.data.code` when no retry will help. */
export const FINAL_CONNECT_CODES = ['unauthorized', 'removed', 'room_not_found'] as const;
