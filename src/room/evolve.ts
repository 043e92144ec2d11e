// What has happened makes the state. Decides nothing and refuses nothing; an event that fits no state is a broken journal
// and throws.
import { AppError } from '../protocol/app-error.ts';
import type { RoomPhase } from '../protocol/phases.ts';
import type { EventOf, RoomEvent } from '../protocol/room-events.ts';
import type { StoredCommit } from './commands.ts';
import { type Drafts, withEntry } from './drafts.ts';
import {
  evolveConnected,
  evolveDisconnected,
  evolveHost,
  evolveJoined,
  evolveLeft,
  evolveMuted,
  evolveRemoved,
} from './evolve-participants.ts';
import { initialStateOf } from './initial-state.ts';
import { withShare, withShareOfNothing } from './journal-share.ts';
import { rememberCommand } from './remembered-commands.ts';
import { ownOf } from './room-queries.ts';
import type { RecordingState, RoomDefinition, RoomState } from './state.ts';

/** Each phase's ways in; anything else cannot have been decided. */
const PHASES_BEFORE: Readonly<Partial<Record<RoomEvent['type'], readonly RoomPhase[]>>> = {
  countdown_started: ['waiting'],
  countdown_cancelled: ['countdown'],
  debate_started: ['countdown'],
  page_turned: ['running'],
  // After the end those that were given before it and were still on their way.
  choice_submitted: ['running', 'ended'],
  // Before the start only by the researcher.
  debate_ended: ['waiting', 'running'],
  room_expired: ['waiting'],
};

const withRecording = (state: RoomState, recording: RecordingState, drafts?: Drafts): RoomState => ({
  ...state,
  recordings: withEntry(state.recordings, recording.id, recording, drafts),
});

const recordingIn = (state: RoomState, id: string): RecordingState => {
  const recording = ownOf(state.recordings, id);
  if (!recording) throw new AppError('internal', `Room ${state.definition.roomId} has no recording ${id}.`);
  return recording;
};

const evolveRecordingStarted = (state: RoomState, event: EventOf<'recording_started'>, drafts?: Drafts): RoomState => {
  const { recordingId: id, participantId, take, mimeType, path, startedAt } = event;
  return withRecording(state, { id, participantId, take, mimeType, path, startedAt, complete: false }, drafts);
};

const evolveChoice = (state: RoomState, event: EventOf<'choice_submitted'>, at: number, drafts?: Drafts): RoomState => {
  const { participantId, questionId, value, revision } = event;
  const own = withEntry(ownOf(state.choices, participantId) ?? {}, questionId, { value, revision, at }, drafts);
  return { ...state, choices: withEntry(state.choices, participantId, own, drafts) };
};

const withoutStart = ({ startsAt: _, ...state }: RoomState): RoomState => state;

/** The state after one event of a commit that was made at `at`; `drafts` only where one replay takes a whole history. */
export const evolve = (state: RoomState, event: RoomEvent, at: number, drafts?: Drafts): RoomState => {
  const phases = PHASES_BEFORE[event.type];
  if (phases && !phases.includes(state.phase))
    throw new AppError('internal', `Room ${state.definition.roomId}: ${event.type} cannot follow in ${state.phase}.`);
  switch (event.type) {
    case 'participant_joined':
      return evolveJoined(state, event, at, drafts);
    case 'participant_connected':
      return evolveConnected(state, event, at, drafts);
    case 'participant_disconnected':
      return evolveDisconnected(state, event, drafts);
    case 'participant_left':
      return evolveLeft(state, event, drafts);
    case 'participant_removed':
      return evolveRemoved(state, event, drafts);
    case 'participant_muted':
      return evolveMuted(state, event.participantId, true, drafts);
    case 'participant_unmuted':
      return evolveMuted(state, event.participantId, false, drafts);
    case 'host_changed':
      return evolveHost(state, event);
    case 'countdown_started':
      return { ...state, phase: 'countdown', startsAt: event.startsAt };
    case 'countdown_cancelled':
      return { ...withoutStart(state), phase: 'waiting' };
    case 'debate_started':
      return { ...state, phase: 'running', startedAt: event.startedAt };
    case 'page_turned':
      return {
        ...state,
        page: event.page,
        turnsAt: event.turnsAt,
        shownUpTo: Math.max(state.shownUpTo, event.page),
      };
    case 'choice_submitted':
      return evolveChoice(state, event, at, drafts);
    case 'recording_started':
      return evolveRecordingStarted(state, event, drafts);
    case 'recording_stopped':
      return withRecording(state, { ...recordingIn(state, event.recordingId), endedAt: event.endedAt }, drafts);
    case 'recording_completed':
      return withRecording(state, { ...recordingIn(state, event.recordingId), complete: true }, drafts);
    case 'debate_ended':
      return { ...state, phase: 'ended', endedAt: event.endedAt, endReason: event.reason };
    case 'room_expired':
      return { ...state, phase: 'expired' };
    default:
      // By a newer version of this program beside this one: better no state than a wrong one.
      throw new AppError('internal', `Room ${state.definition.roomId}: an event of an unknown type was committed.`);
  }
};

/** The state after a whole commit: its events, its version, and the command that it answers. */
export const evolveCommit = (state: RoomState, commit: StoredCommit, drafts?: Drafts): RoomState => {
  let next = state;
  for (const event of commit.events) next = withShare(evolve(next, event, commit.at, drafts), event, drafts);
  next = withShareOfNothing(next, commit, drafts);
  const { version, at, commitId, command } = commit;
  return {
    ...next,
    version,
    committedAt: at,
    commitId,
    ...(command ? { commands: rememberCommand(next.commands, command, drafts) } : {}),
  };
};

/** The state after these commits too, in time that grows with them alone; the state before stays as it was. */
export const replay = (state: RoomState, commits: readonly StoredCommit[]): RoomState => {
  const drafts: Drafts = new WeakSet();
  return commits.reduce((before, commit) => evolveCommit(before, commit, drafts), state);
};

export const fold = (definition: RoomDefinition, commits: readonly StoredCommit[]): RoomState =>
  replay(initialStateOf(definition), commits);
