// The answers of the API as schemas, for its description alone: the server makes answers, nobody has to parse them. The types
// of src/protocol/rest.ts are the truth; a schema that does not fit its type does not compile.
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../protocol/error-codes.ts';
import { LANGUAGE_CODES } from '../protocol/languages.ts';
import { PHASES } from '../protocol/phases.ts';
import type * as recordings from '../protocol/recording-answers.ts';
import type * as rest from '../protocol/rest.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import { STAGE_STATES, STAGES } from '../protocol/stages.ts';
import { consentItemSchema, studyContentSchema } from '../protocol/study.ts';
import { TRACK_NOTES, type TrackNoteCode } from '../protocol/track-notes.ts';
import type { Report, Transcript } from '../protocol/transcript.ts';

const instant = z.number().describe('Epoch milliseconds on the room clock');
const optionalInstant = instant.exactOptional();
const text = z.string();
const optionalText = z.string().exactOptional();
const count = z.int();
const phase = z.enum(PHASES);

export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: optionalText });

export const errorSchema: z.ZodType<rest.ApiError> = z.object({
  error: z.object({
    code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
    message: text,
    retryable: z.boolean(),
    retryAfterMs: z.number().exactOptional(),
    details: z.unknown().optional(),
    requestId: text,
  }),
});

export const studySchema: z.ZodType<rest.StudyAnswer> = z.object({
  ...studyContentSchema.shape,
  id: text,
  version: count,
  createdAt: instant,
  updatedAt: instant,
});

export const createdRoomSchema: z.ZodType<rest.CreatedRoom> = z.object({
  id: text,
  code: text,
  joinUrl: text,
  pin: optionalText,
  expiresAt: instant,
});

const roomFields = {
  id: text,
  code: text,
  joinUrl: text,
  studyId: text,
  label: optionalText,
  description: optionalText,
  phase,
  page: count,
  createdAt: instant,
  expiresAt: instant,
  startedAt: optionalInstant,
  endedAt: optionalInstant,
};
export const roomListItemSchema: z.ZodType<rest.RoomListItem> = z.object(roomFields);

const roomParticipantSchema: z.ZodType<rest.RoomParticipantAnswer> = z.object({
  id: text,
  seat: count,
  nickname: text,
  externalId: optionalText,
  unusableId: optionalText,
  isHost: z.boolean(),
  presence: z.enum(['invited', 'connected', 'away', 'left', 'removed']),
  graceUntil: optionalInstant,
  micOn: z.boolean(),
  speaking: z.boolean(),
  muted: z.boolean(),
  recording: z.boolean(),
  upload: z.object({ chunks: count, bytes: count, pending: count, complete: z.boolean() }),
});

export const roomSchema: z.ZodType<rest.RoomAnswer> = z.object({
  ...roomFields,
  studyVersion: count,
  title: text,
  version: count,
  pageCount: count,
  roomSize: count,
  startsAt: optionalInstant,
  wrongPins: count.exactOptional(),
  participants: z.array(roomParticipantSchema),
});

export const iceServerSchema: z.ZodType<rest.IceServer> = z.object({
  urls: z.array(text),
  username: optionalText,
  credential: optionalText,
});

export const joinAnswerSchema: z.ZodType<rest.JoinAnswer> = z.object({
  room: z.object({ id: text, code: text }),
  participant: z.object({ id: text, seat: count, nickname: text, isHost: z.boolean() }),
  token: text,
  iceServers: z.array(iceServerSchema),
  serverTime: instant,
});

export const joinInfoSchema: z.ZodType<rest.JoinInfo> = z.object({
  code: text,
  title: text,
  language: z.enum(LANGUAGE_CODES),
  phase,
  roomSize: count,
  record: z.boolean(),
  pinRequired: z.boolean(),
  consent: z.array(consentItemSchema),
});

export const recordingSchema: z.ZodType<recordings.RecordingAnswer> = z.object({
  id: text,
  roomId: text,
  participantId: text,
  take: count,
  mimeType: text,
  path: text,
  status: z.enum(['recording', 'uploading', 'complete', 'incomplete']),
  startedAt: instant,
  endedAt: optionalInstant,
  durationMs: z.number().exactOptional(),
  received: z.array(count),
  missing: z.array(count).describe('The first thousand'),
  missingCount: count,
  flagged: z.array(count).describe('Chunks with implausible stamps: placed by the server where their clock was wrong'),
  clock: z
    .object({ offsetMs: z.number(), uncertaintyMs: z.number() })
    .exactOptional()
    .describe('Of chunks that the server placed: how far off their clock was, how far off their place may still be'),
  bytes: count,
  chunkCount: count.exactOptional(),
  digest: optionalText,
});

export const participantRecordingsSchema: z.ZodType<recordings.ParticipantRecordings> = z.object({
  participantId: text,
  seat: count,
  nickname: text,
  expectedSeconds: z.number(),
  capturedSeconds: z.number(),
  coverage: z.number().describe('capturedSeconds / expectedSeconds; 1 when nothing is expected'),
  gaps: z.array(z.object({ from: instant, to: instant, reason: z.enum(['not_captured', 'chunk_missing']) })),
  oversized: z.literal(true).exactOptional().describe('More audio than the longest debate can be'),
  takes: z.array(recordingSchema),
});

export const jobsSchema: z.ZodType<rest.JobsAnswer> = z.object({
  stages: z.array(
    z.object({
      stage: z.enum(STAGES),
      state: z.enum(STAGE_STATES),
      progress: z.number(),
      attempts: count,
      error: z
        .object({ code: text, message: text, recordingId: optionalText, retryAt: optionalInstant })
        .exactOptional(),
      startedAt: optionalInstant,
      finishedAt: optionalInstant,
      model: optionalText,
    }),
  ),
});

const eventSchema = z.looseObject({ type: text }) as unknown as z.ZodType<RoomEvent>;
export const eventsSchema: z.ZodType<rest.EventsAnswer> = z.object({
  commits: z.array(z.object({ version: count, at: instant, events: z.array(eventSchema) })),
  nextCursor: optionalText,
});

export const transcriptSchema: z.ZodType<Transcript> = z.object({
  roomId: text,
  revision: count,
  createdAt: instant,
  startedAt: instant,
  endedAt: instant,
  language: text,
  model: text,
  status: z.enum(['complete', 'incomplete']),
  utterances: z.array(
    z.object({
      id: text,
      participantId: text,
      seat: count,
      nickname: text,
      recordingId: text,
      startsAt: instant,
      endsAt: instant,
      fromMs: z.number(),
      toMs: z.number(),
      page: count,
      text,
      timing: z.enum(['corrected', 'unknown']).exactOptional(),
    }),
  ),
  tracks: z
    .array(
      z.object({
        participantId: text,
        seat: count,
        nickname: text,
        recordingId: optionalText,
        words: z.object({ kept: count, silence: count, outside: count }),
        pieces: count,
        answered: count,
        forms: z.array(text),
        notes: z.array(
          z.object({
            code: z.enum(Object.keys(TRACK_NOTES) as [TrackNoteCode]),
            message: optionalText,
            fromMs: z.number().exactOptional(),
            toMs: z.number().exactOptional(),
          }),
        ),
      }),
    )
    .exactOptional(),
});

const statement = z.object({ text, utteranceIds: z.array(text) });
export const reportSchema: z.ZodType<Report> = z.object({
  roomId: text,
  revision: count,
  transcriptRevision: count,
  createdAt: instant,
  status: z.enum(['complete', 'incomplete']),
  language: text,
  supported: z.boolean(),
  participants: z.array(
    z.object({
      participantId: text,
      seat: count,
      nickname: text,
      position: z.union([statement, z.null()]),
      arguments: z.array(statement),
      choices: z.array(statement),
    }),
  ),
  agreements: z.array(statement),
  disagreements: z.array(statement),
  rejectedStatements: count,
  provenance: z.object({
    model: text,
    answerForm: optionalText,
    promptVersion: text,
    promptTokens: count,
    completionTokens: count,
    startedAt: instant,
    finishedAt: instant,
  }),
});

export const apiKeySchema: z.ZodType<rest.ApiKeyAnswer> = z.object({
  id: text,
  name: text,
  prefix: text,
  createdAt: instant,
  revokedAt: optionalInstant,
  key: optionalText,
});

export const accessSchema = z.object({
  access: text.describe('For ?access='),
  token: text.describe('The same: what it is called, beside what it is sent as'),
  expiresAt: instant,
});
