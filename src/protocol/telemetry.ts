// What clients have measured, as the API gives it back.
import { z } from 'zod';

export const TELEMETRY_KINDS = ['clock_report', 'page_shown', 'link_report'] as const;
export type TelemetryKind = (typeof TELEMETRY_KINDS)[number];

export const telemetryQuerySchema = z.object({
  kind: z.enum(TELEMETRY_KINDS),
  format: z.enum(['json', 'csv']).default('json'),
  /** Of JSON; a CSV has all rows. */
  cursor: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
});

/** Whose measure it is, and when it came in: epoch ms on the room clock. */
interface Measured {
  readonly participantId: string;
  /** Absent when the room knows the participant no more. */
  readonly seat?: number;
  readonly at: number;
}

/** Null: not known to the client. */
export interface ClockReportItem extends Measured {
  readonly rttMs: number | null;
  readonly offsetMs: number | null;
  readonly uncertaintyMs: number | null;
  readonly spreadMs?: number | null;
}
export interface PageShownItem extends Measured {
  readonly page: number;
  readonly shownAt: number;
}
export interface LinkReportItem extends Measured {
  /** Whose voice. */
  readonly aboutParticipantId: string;
  readonly state: string;
  readonly rttMs?: number | null;
  readonly packetsLost?: number | null;
  readonly audible?: boolean | null;
}

export interface TelemetryItems {
  clock_report: ClockReportItem;
  page_shown: PageShownItem;
  link_report: LinkReportItem;
}
