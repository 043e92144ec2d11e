// The room as one participant may see it. Never shown: others' choices, what opens a seat, consent, others' paths, the PIN, which
// process holds a connection. SPEC: RM section "Views".
import type { RoomCommit, RoomEvent } from '../protocol/room-events.ts';
import type {
  OwnChoice,
  PageView,
  ParticipantView,
  PublicSettings,
  RoomEventMessage,
  RoomView,
  VisibleRoomEvent,
} from '../protocol/room-view.ts';
import { holdsSeat, ownOf } from './room-queries.ts';
import { recordingNowOf, shownVoiceOf, type Voices } from './shown-media.ts';
import type { ParticipantState, RoomState } from './state.ts';

const pageViews = (state: RoomState, from: number, to: number): PageView[] =>
  state.definition.content.pages.slice(from, to + 1).map((page, offset) => ({ index: from + offset, ...page }));

const participantViewOf = (
  state: RoomState,
  participant: ParticipantState,
  recording: ReadonlySet<string>,
  voices: Voices,
): ParticipantView => {
  const { id, seat, nickname, connection, graceUntil, muted } = participant;
  return {
    id,
    seat,
    nickname,
    isHost: state.hostId === id,
    connected: connection !== undefined,
    ...(graceUntil === undefined ? {} : { graceUntil }),
    ...shownVoiceOf(participant, voices.get(id)),
    muted,
    recording: recording.has(id),
  };
};

const publicSettingsOf = (state: RoomState): PublicSettings => {
  const { roomSize, countdownMs, graceMs, timeLimitMinutes, record, completionUrl } = state.definition.content.settings;
  return {
    roomSize,
    countdownMs,
    graceMs,
    record,
    ...(timeLimitMinutes === undefined ? {} : { timeLimitMinutes }),
    ...(completionUrl === undefined ? {} : { completionUrl }),
  };
};

const ownChoicesOf = (state: RoomState, viewerId: string): Record<string, OwnChoice> =>
  Object.fromEntries(
    Object.entries(ownOf(state.choices, viewerId) ?? {}).map(([id, { value, revision }]) => [id, { value, revision }]),
  );

/** The body of a snapshot. */
export const roomViewOf = (state: RoomState, viewerId: string, voices: Voices): RoomView => {
  const { definition, phase, page, turnsAt, startsAt, startedAt, endedAt } = state;
  const { content } = definition;
  const recording = recordingNowOf(state);
  return {
    id: definition.roomId,
    code: definition.code,
    title: content.title,
    phase,
    page,
    ...(turnsAt === undefined ? {} : { turnsAt }),
    pageCount: content.pages.length,
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    language: content.language,
    self: viewerId,
    pages: pageViews(state, 0, state.shownUpTo + 1),
    participants: Object.values(state.participants)
      .filter(holdsSeat)
      .sort((a, b) => a.seat - b.seat)
      .map((participant) => participantViewOf(state, participant, recording, voices)),
    choices: ownChoicesOf(state, viewerId),
    settings: publicSettingsOf(state),
  };
};

const HIDES: ReadonlySet<RoomEvent['type']> = new Set([
  'participant_joined',
  'participant_connected',
  'choice_submitted',
  'recording_started',
  'recording_stopped',
]);
const DIFFERS_BY_VIEWER: ReadonlySet<RoomEvent['type']> = new Set([
  'choice_submitted',
  'recording_started',
  'recording_stopped',
]);

const visibleEventOf = (event: RoomEvent, viewerId: string): VisibleRoomEvent | [] => {
  switch (event.type) {
    case 'participant_joined': {
      const { externalId: _, unusableId: __, joinKey: ___, consent: ____, ...visible } = event;
      return visible;
    }
    case 'participant_connected': {
      const { bootId: _, ...visible } = event;
      return visible;
    }
    case 'choice_submitted':
      return event.participantId === viewerId ? event : [];
    case 'recording_started':
    case 'recording_stopped': {
      if (event.participantId === viewerId) return event;
      const { path: _, ...visible } = event;
      return visible;
    }
    default:
      return event;
  }
};

/** The events as the viewer may see them; the same array when there is nothing to hide. */
const visibleEventsOf = (events: readonly RoomEvent[], viewerId: string): readonly VisibleRoomEvent[] =>
  events.some((event) => HIDES.has(event.type)) ? events.flatMap((event) => visibleEventOf(event, viewerId)) : events;

/** The turn's target, its next, and those that it skipped: what a snapshot of this version holds and the viewer may not have. */
const turnedPagesOf = (stateBefore: RoomState, stateAfter: RoomState): PageView[] =>
  pageViews(stateAfter, Math.min(stateBefore.shownUpTo + 2, stateAfter.page), stateAfter.page + 1);

/** One commit as one viewer may see it: the version comes even if nothing else is left. */
export const eventMessageOf = (
  commit: RoomCommit,
  stateBefore: RoomState,
  stateAfter: RoomState,
  viewerId: string,
): RoomEventMessage => {
  const { version, at, events } = commit;
  const message = { version, at, events: visibleEventsOf(events, viewerId) };
  return events.some((event) => event.type === 'page_turned')
    ? { ...message, pages: turnedPagesOf(stateBefore, stateAfter) }
    : message;
};

/**
 * Commits that a viewer missed, all at once; the state is that of the last one. The first page turn brings every page that
 * a snapshot would hold: which of them the viewer has is not known.
 */
export const missedMessagesOf = (
  commits: readonly RoomCommit[],
  state: RoomState,
  viewerId: string,
): RoomEventMessage[] => {
  const firstTurn = commits.findIndex(({ events }) => events.some((event) => event.type === 'page_turned'));
  return commits.map(({ version, at, events }, index) => ({
    version,
    at,
    events: visibleEventsOf(events, viewerId),
    ...(index === firstTurn ? { pages: pageViews(state, 0, state.shownUpTo + 1) } : {}),
  }));
};

/** True when every participant gets the same message, so that it can be encoded once. */
export const isSameForAll = (commit: RoomCommit): boolean =>
  !commit.events.some((event) => DIFFERS_BY_VIEWER.has(event.type));
