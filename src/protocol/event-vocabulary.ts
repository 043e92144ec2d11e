// Which version of the program first knew which event. A node that does not know an event cannot read the room that has it, so
// a commit with a newer one waits until every node knows it (rooms/handle-command.ts). A new event type gets the next number.
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

/** The highest that this build understands. */
export const VOCABULARY = Math.max(...Object.values(KNOWN_SINCE));

/** What a node must understand to read these events. */
export const vocabularyOf = (events: readonly Pick<RoomEvent, 'type'>[]): number =>
  Math.max(1, ...events.map(({ type }) => KNOWN_SINCE[type]));
