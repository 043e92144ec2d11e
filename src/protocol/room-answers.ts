// A room over REST, as researchers see it: in a list, whole, and by its journal.
import { z } from 'zod';
import { count, instant, optionalInstant, optionalText, text } from './answer-fields.ts';
import { PHASES } from './phases.ts';
import type { RoomEvent } from './room-events.ts';

const roomFields = {
  id: text,
  code: text,
  joinUrl: text,
  studyId: text,
  label: optionalText,
  description: optionalText,
  phase: z.enum(PHASES),
  page: count,
  createdAt: instant,
  expiresAt: instant,
  startedAt: optionalInstant,
  endedAt: optionalInstant,
};
export const roomListItemSchema = z.object(roomFields).readonly();
export type RoomListItem = z.infer<typeof roomListItemSchema>;

const roomParticipantSchema = z
  .object({
    id: text,
    seat: count,
    nickname: text,
    externalId: optionalText,
    /** What came in place of an external id and is none: the link's template was not filled in. */
    unusableId: optionalText,
    isHost: z.boolean(),
    presence: z.enum(['invited', 'connected', 'away', 'left', 'removed']),
    graceUntil: optionalInstant,
    micOn: z.boolean(),
    speaking: z.boolean(),
    muted: z.boolean(),
    recording: z.boolean(),
    upload: z.object({ chunks: count, bytes: count, pending: count, complete: z.boolean() }).readonly(),
  })
  .readonly();
export type RoomParticipantAnswer = z.infer<typeof roomParticipantSchema>;

/** `GET /api/rooms/{id}` and one frame of its live stream. */
export const roomAnswerSchema = z
  .object({
    ...roomFields,
    studyVersion: count,
    title: text,
    version: count,
    pageCount: count,
    roomSize: count,
    startsAt: optionalInstant,
    /** Wrong PINs that this node was given for the room, less 60 an hour; absent: none. */
    wrongPins: count.exactOptional(),
    participants: z.array(roomParticipantSchema),
  })
  .readonly();
export type RoomAnswer = z.infer<typeof roomAnswerSchema>;

/** Described by its type alone: what each event holds stands in room-events.ts. */
const eventSchema = z.looseObject({ type: text }) as unknown as z.ZodType<RoomEvent>;

/** `GET /api/rooms/{id}/events` */
export const eventsAnswerSchema = z
  .object({
    commits: z.array(z.object({ version: count, at: instant, events: z.array(eventSchema).readonly() }).readonly()),
    nextCursor: optionalText,
  })
  .readonly();
export type EventsAnswer = z.infer<typeof eventsAnswerSchema>;
