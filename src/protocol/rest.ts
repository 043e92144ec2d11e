// Bodies, headers and queries of the REST API. Answers are types: the server makes them, nobody has to doubt them.
import { z } from 'zod';
import type { ErrorCode } from './error-codes.ts';
import type { Language } from './languages.ts';
import { PHASES, type RoomPhase } from './phases.ts';
import { MAX_GIVEN_ID_LENGTH } from './recruiting-id.ts';
import type { RoomEvent } from './room-events.ts';
import type { StageName, StageState } from './stages.ts';
import { type StudyContent, studyContentSchema } from './study.ts';
import { idSchema, storableText } from './text.ts';
import { isVisible, nameOf, typedCodeOf, UNSEEN } from './typed-text.ts';

/** What an answer has beside the content: may be sent back with it, and is not read. */
const OF_ANSWERS = {
  id: z.unknown().optional(),
  version: z.unknown().optional(),
  createdAt: z.unknown().optional(),
  updatedAt: z.unknown().optional(),
};

/** Other fields are refused: a setting that stands beside `settings` would do nothing. */
export const createStudySchema = z.strictObject({ ...studyContentSchema.shape, ...OF_ANSWERS });
/** Fields left out keep their value; `settings` is merged field by field, `null` removes one. */
export const patchStudySchema = z.strictObject({
  title: z.unknown().optional(),
  language: z.unknown().optional(),
  pages: z.unknown().optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  ...OF_ANSWERS,
});

export const createRoomsSchema = z.strictObject({
  count: z.int().min(1).max(500).default(1),
  label: storableText(0, 200).optional(),
  description: storableText(0, 2_000).optional(),
});

/** Codes are told over the phone and typed on phones: case and separators do not matter. */
export const roomCodeSchema = storableText(1, 40)
  .transform(typedCodeOf)
  .pipe(z.string().min(1, 'must have a letter or a digit').max(32));

export const joinSchema = z.object({
  code: roomCodeSchema,
  nickname: storableText(1, 40).transform(nameOf).refine(isVisible, UNSEEN),
  pin: z.string().max(200).optional(),
  /** Blank is none; what no service uses as an id (recruiting-id.ts) opens no seat and stops nobody. */
  externalId: storableText(0, MAX_GIVEN_ID_LENGTH)
    .transform((id) => id.normalize('NFC'))
    .optional(),
  /** The same UUID whatever its case. */
  joinKey: z.uuid().toLowerCase().optional(),
  consent: z.array(storableText(0, 64)).max(20).optional(),
});

/** As a browser would ask for it: with its escapes, so that the token of the longest path stays short. */
const accessPath = storableText(1, 500).regex(
  /^\/api\/[A-Za-z0-9._~%!$&'()*+,;=:@/?-]*$/,
  'must begin with /api/ and have everything else escaped',
);
export const createAccessSchema = z.object({ path: accessPath });
export const createApiKeySchema = z.object({ name: storableText(1, 100) });

export const listRoomsQuerySchema = z.object({
  studyId: idSchema.optional(),
  phase: z.enum(PHASES).optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const eventsQuerySchema = z.object({
  cursor: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
});
export const transcriptQuerySchema = z.object({ format: z.enum(['json', 'vtt', 'txt']).default('json') });
export const reportQuerySchema = z.object({ format: z.enum(['json', 'md']).default('json') });
export const audioQuerySchema = z.object({ format: z.enum(['original']).default('original') });

export interface ApiError {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly retryable: boolean;
    readonly retryAfterMs?: number;
    readonly details?: unknown;
    readonly requestId: string;
  };
}

export interface ListAnswer<Item> {
  readonly items: Item[];
  readonly nextCursor?: string;
}

export interface StudyAnswer extends StudyContent {
  readonly id: string;
  /** Counts from 1; a change makes a new one, rooms keep theirs. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface CreatedRoom {
  readonly id: string;
  readonly code: string;
  readonly joinUrl: string;
  readonly pin?: string;
  readonly expiresAt: number;
}

export interface IceServer {
  readonly urls: string[];
  readonly username?: string;
  readonly credential?: string;
}

export interface JoinAnswer {
  readonly room: { readonly id: string; readonly code: string };
  readonly participant: {
    readonly id: string;
    readonly seat: number;
    readonly nickname: string;
    readonly isHost: boolean;
  };
  readonly token: string;
  readonly iceServers: IceServer[];
  readonly serverTime: number;
}

/** What the join page needs before anybody has joined: public to whoever has the code. */
export interface JoinInfo {
  readonly code: string;
  readonly title: string;
  readonly language: Language;
  readonly phase: RoomPhase;
  readonly roomSize: number;
  readonly record: boolean;
  readonly pinRequired: boolean;
  readonly consent: StudyContent['settings']['consent'];
}

export interface RoomParticipantAnswer {
  readonly id: string;
  readonly seat: number;
  readonly nickname: string;
  readonly externalId?: string;
  /** What came in place of an external id and is none: the link's template was not filled in. */
  readonly unusableId?: string;
  readonly isHost: boolean;
  readonly presence: 'invited' | 'connected' | 'away' | 'left' | 'removed';
  readonly graceUntil?: number;
  readonly micOn: boolean;
  readonly speaking: boolean;
  readonly muted: boolean;
  readonly recording: boolean;
  readonly upload: {
    readonly chunks: number;
    readonly bytes: number;
    readonly pending: number;
    readonly complete: boolean;
  };
}

/** `GET /api/rooms/{id}` and one frame of its live stream. */
export interface RoomAnswer {
  readonly id: string;
  readonly code: string;
  readonly joinUrl: string;
  readonly studyId: string;
  readonly studyVersion: number;
  readonly title: string;
  readonly label?: string;
  readonly description?: string;
  readonly phase: RoomPhase;
  readonly version: number;
  readonly page: number;
  readonly pageCount: number;
  readonly roomSize: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly startsAt?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Wrong PINs that this node was given for the room, less 60 an hour; absent: none. */
  readonly wrongPins?: number;
  readonly participants: RoomParticipantAnswer[];
}

export interface RoomListItem {
  readonly id: string;
  readonly code: string;
  readonly joinUrl: string;
  readonly studyId: string;
  readonly label?: string;
  readonly description?: string;
  readonly phase: RoomPhase;
  readonly page: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
}

/** `POST /api/rooms/{id}/analysis` */
export const analysisRequestSchema = z.object({
  /** The answers of the speech service that were kept for this room are dropped: all its audio is asked, and paid, again. */
  forgetAnswers: z.boolean().default(false),
});
export type AnalysisRequest = z.input<typeof analysisRequestSchema>;

/** One row of `GET /api/rooms/{id}/jobs`. */
export interface StageAnswer {
  readonly stage: StageName;
  readonly state: StageState;
  /** 0 to 1 */
  readonly progress: number;
  readonly attempts: number;
  /** On a stage that is done: what it had to do without. `recordingId`: it is about this recording alone. */
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly recordingId?: string;
    readonly retryAt?: number;
  };
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly model?: string;
}

export interface JobsAnswer {
  readonly stages: StageAnswer[];
}

/** `GET /api/rooms/{id}/events` */
export interface EventsAnswer {
  readonly commits: { readonly version: number; readonly at: number; readonly events: readonly RoomEvent[] }[];
  readonly nextCursor?: string;
}

export interface ApiKeyAnswer {
  readonly id: string;
  readonly name: string;
  /** The first characters, to tell keys apart. */
  readonly prefix: string;
  readonly createdAt: number;
  readonly revokedAt?: number;
  /** Only in the answer that creates it. */
  readonly key?: string;
}
