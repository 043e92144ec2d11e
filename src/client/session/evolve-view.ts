// What one event changes in the room as a viewer sees it: the client's mirror of the server's view. Pure.
// It must give what a snapshot of the same version would say; test/fuzz compares the two.
import { graceUntilOf } from '../../protocol/room-events.ts';
import type {
  PageView,
  ParticipantView,
  RoomView,
  VisibleEventOf,
  VisibleRoomEvent,
} from '../../protocol/room-view.ts';

const change = (view: RoomView, participantId: string, patch: Partial<ParticipantView>): RoomView => ({
  ...view,
  participants: view.participants.map((participant) =>
    participant.id === participantId ? { ...participant, ...patch } : participant,
  ),
});

const without = (view: RoomView, participantId: string): RoomView => ({
  ...view,
  participants: view.participants.filter((participant) => participant.id !== participantId),
});

const withoutGrace = ({ graceUntil: _, ...participant }: ParticipantView): ParticipantView => participant;

const hostChanged = (view: RoomView, hostId: string): RoomView => ({
  ...view,
  participants: view.participants.map((participant) => ({ ...participant, isHost: participant.id === hostId })),
});

const joined = (view: RoomView, event: VisibleEventOf<'participant_joined'>, at: number): RoomView => {
  const participant: ParticipantView = {
    id: event.participantId,
    seat: event.seat,
    nickname: event.nickname,
    isHost: event.isHost,
    connected: false,
    // A seat that never connects is given up like one that dropped.
    graceUntil: graceUntilOf(event, at, view.settings),
    micOn: false,
    speaking: false,
    muted: false,
    recording: false,
  };
  const former = event.isHost ? hostChanged(view, event.participantId) : view;
  const others = former.participants.filter((other) => other.id !== event.participantId);
  return { ...view, participants: [...others, participant].toSorted((a, b) => a.seat - b.seat) };
};

const connected = (view: RoomView, participantId: string): RoomView => ({
  ...view,
  participants: view.participants.map((participant) =>
    participant.id === participantId ? { ...withoutGrace(participant), connected: true } : participant,
  ),
});

/** Before the start a seat given up is gone; after it, it stays its owner's. */
const left = (view: RoomView, participantId: string): RoomView => {
  if (view.phase === 'waiting' || view.phase === 'countdown') return without(view, participantId);
  return {
    ...view,
    participants: view.participants.map((participant) =>
      participant.id === participantId ? { ...withoutGrace(participant), connected: false } : participant,
    ),
  };
};

const withoutStart = ({ startsAt: _, ...view }: RoomView): RoomView => view;

const choiceSubmitted = (view: RoomView, event: VisibleEventOf<'choice_submitted'>): RoomView => {
  if (event.participantId !== view.self) return view;
  const choice = { value: event.value, revision: event.revision };
  return { ...view, choices: { ...view.choices, [event.questionId]: choice } };
};

/** Whoever vanished never stopped recording: once the room is over nobody records. */
const over = (view: RoomView): RoomView => ({
  ...view,
  participants: view.participants.map((participant) => ({ ...participant, recording: false })),
});

/** The room after one event that was committed at `at`. */
export const evolveView = (view: RoomView, event: VisibleRoomEvent, at: number): RoomView => {
  switch (event.type) {
    case 'participant_joined':
      return joined(view, event, at);
    case 'participant_connected':
      return connected(view, event.participantId);
    case 'participant_disconnected':
      return change(view, event.participantId, {
        connected: false,
        graceUntil: event.graceUntil,
        micOn: false,
        speaking: false,
      });
    case 'participant_left':
      return left(view, event.participantId);
    case 'participant_removed':
      return without(view, event.participantId);
    case 'participant_muted':
      return change(view, event.participantId, { muted: true, micOn: false, speaking: false });
    case 'participant_unmuted':
      return change(view, event.participantId, { muted: false });
    case 'host_changed':
      return hostChanged(view, event.hostId);
    case 'countdown_started':
      return { ...view, phase: 'countdown', startsAt: event.startsAt };
    case 'countdown_cancelled':
      return { ...withoutStart(view), phase: 'waiting' };
    case 'debate_started':
      return { ...view, phase: 'running', startedAt: event.startedAt };
    case 'page_turned':
      return { ...view, page: event.page, turnsAt: event.turnsAt };
    case 'choice_submitted':
      return choiceSubmitted(view, event);
    case 'recording_started':
      return change(view, event.participantId, { recording: true });
    case 'recording_stopped':
      return change(view, event.participantId, { recording: false });
    case 'recording_completed':
      return view;
    case 'debate_ended':
      return { ...over(view), phase: 'ended', endedAt: event.endedAt };
    case 'room_expired':
      return { ...over(view), phase: 'expired' };
  }
};

/** Pages that a turn made visible, by index. */
export const withPages = (view: RoomView, pages: readonly PageView[]): RoomView => {
  const byIndex = new Map([...view.pages, ...pages].map((page) => [page.index, page]));
  return { ...view, pages: [...byIndex.values()].toSorted((a, b) => a.index - b.index) };
};
