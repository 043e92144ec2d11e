// Given what has happened in a room, when something is asked of it, then this happens. Also the little study that these rooms
// belong to, and short names for histories. Knows no rule.
import { expect } from 'vitest';
import type { ErrorCode, RefusalDetails } from '../../../src/protocol/error-codes.ts';
import type { EventOf, RoomEvent } from '../../../src/protocol/room-events.ts';
import { type StudyInput, studyContentSchema } from '../../../src/protocol/study.ts';
import type {
  CommandConnection,
  CommandIdentity,
  Decision,
  RoomCommand,
  StoredCommit,
} from '../../../src/room/commands.ts';
import { decide } from '../../../src/room/decide.ts';
import { evolveCommit, fold } from '../../../src/room/evolve.ts';
import type { CommandAnswer, RoomDefinition, RoomState } from '../../../src/room/state.ts';

const PAGES: StudyInput['pages'] = [
  { title: 'Opening', questions: [{ id: 'stance', prompt: '?', kind: 'single', options: ['for', 'against'] }] },
  {
    title: 'Grounds',
    questions: [{ id: 'grounds', prompt: '?', kind: 'multiple', options: ['cost', 'time', 'risk'], required: true }],
  },
  {
    title: 'Weight',
    questions: [
      { id: 'weight', prompt: '?', kind: 'scale', min: 1, max: 5 },
      { id: 'why', prompt: '?', kind: 'text', maxLength: 10, required: true },
    ],
  },
  { title: 'Closing' },
];

export const EXPIRES_AT = 1_000_000;

/** A room of a study with four pages; `settings` and `language` as a researcher would send them. */
export const roomDefinition = (study: Partial<StudyInput> = {}): RoomDefinition => ({
  roomId: 'room',
  code: 'CODE',
  studyId: 'study',
  studyVersion: 1,
  content: studyContentSchema.parse({ title: 'Study', pages: PAGES, ...study }),
  createdAt: 0,
  expiresAt: EXPIRES_AT,
});

/** One commit of a history. */
export interface Moment {
  readonly at: number;
  readonly events: readonly RoomEvent[];
}

export const on = (at: number, ...events: RoomEvent[]): Moment => ({ at, events });

export const commitsOf = (history: readonly Moment[]): StoredCommit[] =>
  history.map((moment, index) => ({ version: index + 1, commitId: `commit-${index + 1}`, ...moment }));

export interface Scenario {
  readonly state: RoomState;
  when(command: RoomCommand, at: number, identity?: CommandIdentity, connection?: CommandConnection): Outcome;
}

export interface Outcome {
  /** Exactly these events, in this order, and this answer if one is given. The scenario goes on from there. */
  then(events: readonly RoomEvent[], answer?: CommandAnswer): Scenario;
  thenNothing(answer?: CommandAnswer): Scenario;
  thenRefused(code: ErrorCode, details?: RefusalDetails): Scenario;
}

const describeDecision = (decision: Decision): string =>
  decision.ok ? `accepted with ${JSON.stringify(decision.events)}` : `refused with ${decision.refusal.code}`;

const scenarioOf = (state: RoomState): Scenario => ({
  state,
  when(command, at, identity, connection) {
    const decision = decide(state, command, at, identity, connection);
    const happens = (events: readonly RoomEvent[], answer?: CommandAnswer): Scenario => {
      if (!decision.ok) throw new Error(`${command.type} at ${at} was ${describeDecision(decision)}`);
      expect(decision.events).toEqual(events);
      if (answer) expect(decision.answer).toEqual(answer);
      if (events.length === 0 && !identity) return scenarioOf(state);
      const version = state.version + 1;
      const remembered = identity && !decision.repeated ? { command: { ...identity, answer: decision.answer } } : {};
      return scenarioOf(evolveCommit(state, { version, commitId: `commit-${version}`, at, events, ...remembered }));
    };
    return {
      // biome-ignore lint/suspicious/noThenProperty: scenarios read given, when, then; nobody awaits one
      then: happens,
      thenNothing: (answer) => happens([], answer),
      thenRefused(code, details) {
        if (decision.ok) throw new Error(`${command.type} at ${at} was ${describeDecision(decision)}`);
        expect(decision.refusal).toEqual({ code, ...(details && { details }) });
        return scenarioOf(state);
      },
    };
  },
});

export const givenRoom = (definition: RoomDefinition, ...history: readonly Moment[]): Scenario =>
  scenarioOf(fold(definition, commitsOf(history)));
export const given = (...history: readonly Moment[]): Scenario => givenRoom(roomDefinition(), ...history);

// Short names. Participants are called by their seats: p0 is the host.

export const joined = (seat: number, more: Partial<EventOf<'participant_joined'>> = {}): RoomEvent => ({
  type: 'participant_joined',
  participantId: `p${seat}`,
  seat,
  nickname: `name ${seat}`,
  isHost: seat === 0,
  consent: [],
  ...more,
});
export const connected = (participantId: string, epoch = 1, bootId = 'boot'): RoomEvent => ({
  type: 'participant_connected',
  participantId,
  epoch,
  bootId,
});
export const dropped = (participantId: string, graceUntil: number, epoch = 1): RoomEvent => ({
  type: 'participant_disconnected',
  participantId,
  epoch,
  graceUntil,
});
export const left = (participantId: string, reason: 'grace_over' | 'never_connected' = 'grace_over'): RoomEvent => ({
  type: 'participant_left',
  participantId,
  reason,
});
export const hostChanged = (hostId: string, previousHostId: string): RoomEvent => ({
  type: 'host_changed',
  hostId,
  previousHostId,
});
export const turned = (page: number, turnsAt: number, by = 'p0'): RoomEvent => ({
  type: 'page_turned',
  page,
  turnsAt,
  by,
});
export const recordingStarted = (
  participantId: string,
  recordingId: string,
  startedAt: number,
  take = 0,
): RoomEvent => ({
  type: 'recording_started',
  participantId,
  recordingId,
  mimeType: 'audio/webm',
  take,
  path: `recordings/${recordingId}`,
  startedAt,
});
export const recordingStopped = (
  participantId: string,
  recordingId: string,
  startedAt: number,
  endedAt: number,
): RoomEvent => ({
  type: 'recording_stopped',
  participantId,
  recordingId,
  path: `recordings/${recordingId}`,
  endedAt,
  durationMs: endedAt - startedAt,
});

/** Three seats taken at 1,000. */
export const seated: readonly Moment[] = [on(1_000, joined(0)), on(1_000, joined(1)), on(1_000, joined(2))];
/** All connected at 2,000, one after the other; the countdown ends at 5,000. */
export const countdown: readonly Moment[] = [
  ...seated,
  on(2_000, connected('p0')),
  on(2_001, connected('p1')),
  on(2_002, connected('p2'), { type: 'countdown_started', startsAt: 5_000 }),
];
/** The debate began at 5,000. */
export const running: readonly Moment[] = [...countdown, on(5_001, { type: 'debate_started', startedAt: 5_000 })];
/** The host ended it at 60,000. */
export const ended: readonly Moment[] = [
  ...running,
  on(60_000, { type: 'debate_ended', reason: 'host', endedAt: 60_000 }),
];

export const join = (participantId: string, more: Partial<RoomCommand<'join'>> = {}): RoomCommand => ({
  type: 'join',
  participantId,
  nickname: `name ${participantId}`,
  consent: [],
  ...more,
});
export const connect = (by: string, bootId = 'boot'): RoomCommand => ({ type: 'connect', by, bootId });
export const turn = (to: number | 'next' | 'previous', more: Partial<RoomCommand<'turn_page'>> = {}): RoomCommand => ({
  type: 'turn_page',
  by: 'p0',
  to,
  leadMs: 100,
  ...more,
});
export const DUE: RoomCommand = { type: 'reach_deadline' };
