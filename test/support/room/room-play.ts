// Random but plausible lives of a room, for properties: people join, connect, drop, turn pages, answer, record, and time passes.
// Every decision goes through decide and the journal, as in the server.
import fc from 'fast-check';
import type { ChoiceValue, StudyInput } from '../../../src/protocol/study.ts';
import type { CommandIdentity, Decision, RoomCommand, StoredCommit } from '../../../src/room/commands.ts';
import { decide } from '../../../src/room/decide.ts';
import { evolveCommit } from '../../../src/room/evolve.ts';
import { initialStateOf } from '../../../src/room/initial-state.ts';
import type { RoomDefinition, RoomState } from '../../../src/room/state.ts';
import { roomDefinition } from './room-scenario.ts';

/** Marks everything that nobody else may see. */
export const SECRET = 'SECRET';

const SETTINGS: StudyInput['settings'] = {
  roomSize: 3,
  countdownMs: 500,
  graceMs: 1_000,
  timeLimitMinutes: 0.5,
  pin: `${SECRET}-pin`,
  codebook: `${SECRET}-codebook`,
};

export const playDefinition = (): RoomDefinition => ({ ...roomDefinition({ settings: SETTINGS }), expiresAt: 20_000 });

/** One thing that somebody tries, `afterMs` after the one before. */
export interface Move {
  readonly afterMs: number;
  readonly command: RoomCommand;
  readonly identity?: CommandIdentity;
}

export interface PlayedMove extends Move {
  readonly at: number;
  readonly before: RoomState;
  readonly decision: Decision;
  readonly after: RoomState;
  readonly commit?: StoredCommit;
}

const PEOPLE = ['p0', 'p1', 'p2', 'p3', 'p4'];
const person = fc.constantFrom(...PEOPLE);
const seatedPerson = fc.constantFrom('p0', 'p0', 'p1', 'p2');
const recordingId = fc.constantFrom(...PEOPLE.map((id) => `${SECRET}-${id}-1`), `${SECRET}-p0-2`, '__proto__');
const value: fc.Arbitrary<ChoiceValue> = fc.constantFrom<ChoiceValue>(
  'for',
  ['cost'],
  ['cost', 'cost'],
  3,
  9,
  '',
  'yes',
);

const joins = person.chain((id) =>
  fc.record({
    type: fc.constant('join' as const),
    participantId: fc.nat(10_000).map((n) => `${id}x${n}`),
    nickname: fc.constant(id),
    consent: fc.constant([]),
    externalId: fc.constant(`${SECRET}-external-${id}`),
    joinKey: fc.constant(`${SECRET}-key-${id}`),
  }),
);
/** The first join of each gives the id that the other commands use. */
const firstJoin = (id: string): RoomCommand => ({
  type: 'join',
  participantId: id,
  nickname: id,
  consent: [],
  externalId: `${SECRET}-external-${id}`,
  joinKey: `${SECRET}-key-${id}`,
});

const command: fc.Arbitrary<RoomCommand> = fc.oneof(
  { weight: 2, arbitrary: person.map(firstJoin) },
  { weight: 1, arbitrary: joins },
  { weight: 6, arbitrary: person.map((by): RoomCommand => ({ type: 'connect', by, bootId: `${SECRET}-boot` })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(seatedPerson, fc.integer({ min: 1, max: 4 }))
      .map(([by, epoch]): RoomCommand => ({ type: 'disconnect', by, epoch })),
  },
  { weight: 1, arbitrary: fc.constant<RoomCommand>({ type: 'lose_connections', bootId: `${SECRET}-boot` }) },
  { weight: 6, arbitrary: fc.constant<RoomCommand>({ type: 'reach_deadline' }) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        seatedPerson,
        fc.constantFrom<number | 'next' | 'previous'>('next', 'previous', 0, 1, 2, 3, 4),
        fc.nat(300),
      )
      .map(([by, to, leadMs]): RoomCommand => ({ type: 'turn_page', by, to, leadMs })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(seatedPerson, fc.constantFrom('stance', 'grounds', 'weight', 'why', '__proto__'), value)
      .map(([by, questionId, answer]): RoomCommand => ({ type: 'submit_choice', by, questionId, value: answer })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(seatedPerson, fc.constantFrom(1, 2)).map(([by, take]): RoomCommand => {
      const id = `${SECRET}-${by}-${take}`;
      return { type: 'start_recording', by, recordingId: id, mimeType: 'audio/webm', path: `${SECRET}-path-${id}` };
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(seatedPerson, recordingId)
      .map(([by, id]): RoomCommand => ({ type: 'stop_recording', by, recordingId: id })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(seatedPerson, recordingId)
      .map(([by, id]): RoomCommand => ({ type: 'complete_recording', by, recordingId: id, chunkCount: 1, bytes: 1 })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom<'mute' | 'remove'>('mute', 'mute', 'remove'), seatedPerson, person)
      .map(([type, by, participantId]): RoomCommand => ({ type, by, participantId })),
  },
  { weight: 1, arbitrary: person.map((by): RoomCommand => ({ type: 'unmute', by })) },
  { weight: 1, arbitrary: fc.constantFrom('p0', 'p1', 'researcher').map((by): RoomCommand => ({ type: 'end', by })) },
);

const move: fc.Arbitrary<Move> = fc
  .tuple(
    fc.oneof(fc.nat(50), fc.nat(700), fc.nat(1_500)),
    command,
    fc.option(fc.integer({ min: 1, max: 9 }), { freq: 3 }),
  )
  .map(([afterMs, what, id]) => {
    if (id === null || !('by' in what)) return { afterMs, command: what };
    const identity = { participantId: what.by, commandId: `c${id}`, digest: JSON.stringify(what) };
    return { afterMs, command: what, identity };
  });

/** Most rooms come at least as far as the countdown, many into the debate. */
const opening: Move[] = [
  ...['p0', 'p1', 'p2'].map((id) => ({ afterMs: 1, command: firstJoin(id) })),
  ...['p0', 'p1', 'p2'].map((by) => ({
    afterMs: 1,
    command: { type: 'connect', by, bootId: `${SECRET}-boot` } as const,
  })),
];
const start: Move = { afterMs: 500, command: { type: 'reach_deadline' } };

export const moves: fc.Arbitrary<Move[]> = fc
  .tuple(
    fc.constantFrom([], opening, [...opening, start], [...opening, start]),
    fc.array(move, { maxLength: 60, size: 'max' }),
  )
  .map(([first, rest]) => [...first, ...rest]);

/** Plays the moves against a new room. */
export const play = (definition: RoomDefinition, all: readonly Move[]): PlayedMove[] => {
  let state = initialStateOf(definition);
  let at = 0;
  return all.map((one) => {
    at += one.afterMs;
    const before = state;
    const decision = decide(before, one.command, at, one.identity);
    if (!decision.ok || decision.repeated || (decision.events.length === 0 && !one.identity))
      return { ...one, at, before, decision, after: before };
    const version = before.version + 1;
    const commit: StoredCommit = {
      version,
      commitId: `commit-${version}`,
      at,
      events: decision.events,
      ...(one.identity && { command: { ...one.identity, answer: decision.answer } }),
    };
    state = evolveCommit(before, commit);
    return { ...one, at, before, decision, after: state, commit };
  });
};
