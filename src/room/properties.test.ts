// What holds in every life of a room, however people come, go and press buttons.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Move, moves, type PlayedMove, play, playDefinition, SECRET } from '../../test/support/room/room-play.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import type { StoredCommit } from './commands.ts';
import { decide } from './decide.ts';
import { evolve, fold } from './evolve.ts';
import { nextDeadlineOf } from './next-deadline.ts';
import { eventMessageOf, isSameForAll, roomViewOf } from './participant-view.ts';
import { isOver, seatedOf } from './room-queries.ts';
import type { RoomState } from './state.ts';

const definition = playDefinition();
const VIEWERS = ['p0', 'p1', 'p2', 'p3'];

const check = (holds: (played: readonly PlayedMove[]) => void, parameters: fc.Parameters<[Move[]]> = {}): void => {
  fc.assert(
    fc.property(moves, (all: Move[]) => holds(play(definition, all))),
    { numRuns: 300, ...parameters },
  );
};
const commitsOf = (played: readonly PlayedMove[]): StoredCommit[] => played.flatMap(({ commit }) => commit ?? []);
const eventsOf = (played: readonly PlayedMove[]): RoomEvent[] => commitsOf(played).flatMap(({ events }) => events);
const lastOf = (played: readonly PlayedMove[]): RoomState | undefined => played.at(-1)?.after;

test('[RM40] the fold of the journal is the state, whole or through JSON', () => {
  check((played) => {
    const journal: StoredCommit[] = JSON.parse(JSON.stringify(commitsOf(played)));
    expect(fold(definition, journal)).toEqual(lastOf(played) ?? fold(definition, []));
  });
});

test('[RM40] decide never yields what evolve cannot take', () => {
  check((played) => {
    for (const { before, decision, at } of played) {
      if (!decision.ok) continue;
      // evolve throws on what cannot follow.
      decision.events.reduce((state, event) => evolve(state, event, at), before);
    }
  });
});

test('[RM37] a repeated commandId changes nothing and gets the first answer', () => {
  check((played) => {
    const last = lastOf(played);
    for (const { commit, command, at } of played) {
      if (!commit?.command || !last) continue;
      const { answer, ...identity } = commit.command;
      expect(decide(last, command, at + 60_000, identity)).toEqual({ ok: true, events: [], answer, repeated: true });
    }
  });
});

test('[RM18] there is at most one host, somebody who is here or has left, and one whenever somebody has a seat', () => {
  check((played) => {
    for (const { after } of played) {
      const { hostId } = after;
      if (hostId !== undefined) expect(['seated', 'left']).toContain(after.participants[hostId]?.standing);
      if (seatedOf(after).length > 0) expect(hostId).toBeDefined();
      const shown = roomViewOf(after, 'p0', new Map()).participants.filter(({ isHost }) => isHost);
      expect(shown.length).toBeLessThanOrEqual(1);
    }
  });
});

test('[RM1] no two who are seated share a seat, and no seat lies outside the room', () => {
  check((played) => {
    for (const { after } of played) {
      const seats = seatedOf(after).map(({ seat }) => seat);
      expect(new Set(seats).size).toBe(seats.length);
      for (const seat of seats) expect(seat).toBeLessThan(3);
    }
  });
});

test('[RM16] a debate starts at most once, at the announced instant, with three different people connected', () => {
  check((played) => {
    expect(eventsOf(played).filter(({ type }) => type === 'debate_started').length).toBeLessThanOrEqual(1);
    for (const { before, after, commit, at } of played) {
      if (!commit?.events.some(({ type }) => type === 'debate_started')) continue;
      const connected = Object.values(after.participants).filter(({ connection }) => connection);
      expect(new Set(connected.map(({ id }) => id)).size).toBe(3);
      expect(after.startedAt).toBe(before.startsAt);
      expect(at - (after.startedAt ?? 0)).toBeGreaterThanOrEqual(0);
      expect(at - (after.startedAt ?? 0)).toBeLessThanOrEqual(500);
    }
  });
});

test('[RM24] turnsAt never decreases', () => {
  check((played) => {
    for (const { before, after } of played) expect(after.turnsAt ?? 0).toBeGreaterThanOrEqual(before.turnsAt ?? 0);
  });
});

test('[RM42] nobody is shown a secret of the room or of others', () => {
  check(
    (played) => {
      for (const { before, after, commit } of played) {
        for (const viewer of VIEWERS) {
          const view = roomViewOf(after, viewer, new Map());
          expect(JSON.stringify(view)).not.toContain(SECRET);
          const own = after.choices[viewer] ?? {};
          expect(Object.keys(view.choices)).toEqual(Object.keys(own));
          if (!commit) continue;
          const { events, ...rest } = eventMessageOf(commit, before, after, viewer);
          expect(JSON.stringify(rest)).not.toContain(SECRET);
          for (const event of events) {
            if (event.type === 'choice_submitted') expect(event.participantId).toBe(viewer);
            const isOwn = 'participantId' in event && event.participantId === viewer;
            if (!(isOwn && event.type.startsWith('recording_')))
              expect(JSON.stringify({ ...event, recordingId: '' })).not.toContain(SECRET);
          }
        }
      }
    },
    { numRuns: 100 },
  );
});

test('[RM43] what is the same for all is so for every viewer', () => {
  check(
    (played) => {
      for (const { before, after, commit } of played) {
        if (!commit || !isSameForAll(commit)) continue;
        const messages = VIEWERS.map((viewer) => JSON.stringify(eventMessageOf(commit, before, after, viewer)));
        expect(new Set(messages).size).toBe(1);
      }
    },
    { numRuns: 100 },
  );
});

test('[RM38] nothing happens before the next deadline, something does at it, and it is not due again at once', () => {
  check((played) => {
    for (const { after, at } of played) {
      const dueAt = nextDeadlineOf(after);
      if (dueAt === undefined) {
        expect(decide(after, { type: 'reach_deadline' }, at + 1e9)).toEqual({ ok: true, events: [], answer: {} });
        continue;
      }
      if (dueAt - 1 >= at)
        expect(decide(after, { type: 'reach_deadline' }, dueAt - 1)).toMatchObject({ ok: true, events: [] });
      const then = Math.max(dueAt, at);
      const due = decide(after, { type: 'reach_deadline' }, then);
      if (!due.ok) throw new Error('a deadline was refused');
      expect(due.events).not.toEqual([]);
      const next = due.events.reduce((state, event) => evolve(state, event, then), after);
      expect(nextDeadlineOf(next) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(then);
    }
  });
});

test('[RM13] a room that is over stays over', () => {
  check((played) => {
    for (const { before, after } of played) if (isOver(before)) expect(after.phase).toBe(before.phase);
  });
});

test('the lives were not all alike: every event and every phase came up', () => {
  const seen = new Set<string>();
  check(
    (played) => {
      for (const { type } of eventsOf(played)) seen.add(type);
      for (const { after } of played) seen.add(after.phase);
      for (const { decision } of played) if (decision.ok && decision.repeated) seen.add('repeated');
      for (const { decision } of played) if (!decision.ok) seen.add(decision.refusal.code);
    },
    { numRuns: 1_000, seed: 1 },
  );
  expect([...seen]).toEqual(
    expect.arrayContaining([
      ...['participant_joined', 'participant_connected', 'participant_disconnected', 'participant_left'],
      ...['participant_removed', 'participant_muted', 'participant_unmuted', 'host_changed'],
      ...['countdown_started', 'countdown_cancelled', 'debate_started', 'page_turned', 'choice_submitted'],
      ...['recording_started', 'recording_stopped', 'recording_completed', 'debate_ended', 'room_expired'],
      ...['waiting', 'countdown', 'running', 'ended', 'expired', 'repeated'],
      ...['room_full', 'not_host', 'not_running', 'no_such_page', 'invalid_choice', 'command_id_conflict', 'removed'],
    ]),
  );
});
