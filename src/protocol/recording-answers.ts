// Recordings over REST: what a chunk may be, how a take is completed, and what is told of takes and their coverage.
import { z } from 'zod';

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

export type RecordingStatus = 'recording' | 'uploading' | 'complete' | 'incomplete';

/** `GET /api/recordings/{id}` */
export interface RecordingAnswer {
  readonly id: string;
  readonly roomId: string;
  readonly participantId: string;
  readonly take: number;
  readonly mimeType: string;
  readonly path: string;
  readonly status: RecordingStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly durationMs?: number;
  /** Indexes received so far, ascending. */
  readonly received: number[];
  /** Indexes below the highest received (or below chunkCount once known) that are not there: the first thousand. */
  readonly missing: number[];
  /** All of them, also those that are not listed. */
  readonly missingCount: number;
  /** Indexes of chunks whose stamps are implausible: placed by the server's times where their clock was wrong. */
  readonly flagged: number[];
  /** Only where the server placed chunks: by how much their clock was off, and how far off their place may still be. */
  readonly clock?: { readonly offsetMs: number; readonly uncertaintyMs: number };
  readonly bytes: number;
  readonly chunkCount?: number;
  /** `sha-256=:base64:` of chunks 0..n-1 concatenated, once complete. */
  readonly digest?: string;
}

export interface CoverageGap {
  readonly from: number;
  readonly to: number;
  readonly reason: 'not_captured' | 'chunk_missing';
}

/** One item of `GET /api/rooms/{id}/recordings`: all takes of one participant. */
export interface ParticipantRecordings {
  readonly participantId: string;
  readonly seat: number;
  readonly nickname: string;
  /** Seconds between the start and the end of the debate (or now) that should be on tape. */
  readonly expectedSeconds: number;
  /** Seconds of it that received chunks claim to cover. */
  readonly capturedSeconds: number;
  /** capturedSeconds / expectedSeconds, 0 to 1; 1 when nothing is expected. */
  readonly coverage: number;
  /** Every stretch of more than 200 ms that no chunk covers. */
  readonly gaps: CoverageGap[];
  /** There is more audio than the longest debate can be: kept while there is plenty of room, and hardly of an honest recorder. */
  readonly oversized?: true;
  readonly takes: RecordingAnswer[];
}
