// Recordings over REST: what a chunk may be, how a take is completed, and what is told of takes and their coverage.
import { z } from 'zod';
import { count, instant, optionalInstant, optionalText, text } from './answer-fields.ts';

export const MAX_CHUNK_BYTES = 16 * 1024 * 1024;
export const MAX_CHUNK_INDEX = 99_999;

export const completeRecordingSchema = z.object({
  chunkCount: z
    .int()
    .min(0)
    .max(MAX_CHUNK_INDEX + 1),
  /** `sha-256=:base64:` of the whole file, as in RFC 9530. */
  digest: z.string().max(200).optional(),
});

const statusSchema = z.enum(['recording', 'uploading', 'complete', 'incomplete']);
export type RecordingStatus = z.infer<typeof statusSchema>;

/** `GET /api/recordings/{id}` */
export const recordingAnswerSchema = z
  .object({
    id: text,
    roomId: text,
    participantId: text,
    take: count,
    mimeType: text,
    path: text,
    status: statusSchema,
    startedAt: instant,
    endedAt: optionalInstant,
    durationMs: z.number().exactOptional(),
    /** Indexes received so far, ascending. */
    received: z.array(count),
    /** Indexes below the highest received (or below chunkCount once known) that are not there: the first thousand. */
    missing: z.array(count).describe('The first thousand'),
    /** All of them, also those that are not listed. */
    missingCount: count,
    flagged: z
      .array(count)
      .describe('Chunks with implausible stamps: placed by the server where their clock was wrong'),
    clock: z
      .object({ offsetMs: z.number(), uncertaintyMs: z.number() })
      .readonly()
      .exactOptional()
      .describe('Of chunks that the server placed: how far off their clock was, how far off their place may still be'),
    bytes: count,
    chunkCount: count.exactOptional(),
    /** `sha-256=:base64:` of chunks 0..n-1 concatenated, once complete. */
    digest: optionalText,
  })
  .readonly();
export type RecordingAnswer = z.infer<typeof recordingAnswerSchema>;

const coverageGapSchema = z
  .object({ from: instant, to: instant, reason: z.enum(['not_captured', 'chunk_missing']) })
  .readonly();
export type CoverageGap = z.infer<typeof coverageGapSchema>;

/** One item of `GET /api/rooms/{id}/recordings`: all takes of one participant. */
export const participantRecordingsSchema = z
  .object({
    participantId: text,
    seat: count,
    nickname: text,
    /** Seconds between the start and the end of the debate (or now) that should be on tape. */
    expectedSeconds: z.number(),
    /** Seconds of it that received chunks claim to cover. */
    capturedSeconds: z.number(),
    coverage: z.number().describe('capturedSeconds / expectedSeconds; 1 when nothing is expected'),
    /** Every stretch of more than 200 ms that no chunk covers. */
    gaps: z.array(coverageGapSchema),
    /** Kept while there is plenty of room, and hardly of an honest recorder. */
    oversized: z.literal(true).exactOptional().describe('More audio than the longest debate can be'),
    takes: z.array(recordingAnswerSchema),
  })
  .readonly();
export type ParticipantRecordings = z.infer<typeof participantRecordingsSchema>;
