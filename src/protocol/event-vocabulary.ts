// Which version of the program first knew which event. A node that does not know an event cannot read the room that has it, so
// a commit with a newer one waits until every node knows it (rooms/handle-command.ts). A new event type gets the next number, and so does
// an old one in a place where former versions refuse it.
import type { RoomEvent, RoomEventType } from './room-events.ts';

const KNOWN_SINCE: Readonly<Record<RoomEventType, number>> = {
  participant_joined: 1,
  participant_connected: 1,
  participant_disconnected: 1,
  participant_left: 1,
  participant_removed: 1,
  participant_muted: 1,
  participant_unmuted: 1,
  host_changed: 1,
  countdown_started: 1,
  countdown_cancelled: 1,
  debate_started: 1,
  page_turned: 1,
  choice_submitted: 1,
  recording_started: 1,
  recording_stopped: 1,
  recording_completed: 1,
  debate_ended: 1,
  room_expired: 1,
};

/** An answer that came in after the end: before, no answer could follow `debate_ended`. */
const LATE_ANSWER_KNOWN_SINCE = 2;

const knownSince = (event: Pick<RoomEvent, 'type'>): number =>
  'answeredAt' in event && event.answeredAt !== undefined ? LATE_ANSWER_KNOWN_SINCE : KNOWN_SINCE[event.type];

/** The highest that this build understands. */
export const VOCABULARY = Math.max(LATE_ANSWER_KNOWN_SINCE, ...Object.values(KNOWN_SINCE));

/** What a node must understand to read these events. */
export const vocabularyOf = (events: readonly Pick<RoomEvent, 'type'>[]): number =>
  Math.max(1, ...events.map(knownSince));
