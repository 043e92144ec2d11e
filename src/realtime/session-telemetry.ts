// /session messages that are not journaled: clock, voice, link, shown, and the request for missed commits.
import type { z } from 'zod';
import type { Refusal } from '../protocol/error-codes.ts';
import type { SessionTelemetryName, sessionTelemetrySchemas } from '../protocol/session-messages.ts';
import { missedMessagesOf } from '../room/view.ts';
import type { RoomsService } from '../rooms/create-rooms.ts';
import type { Clock, RoundTrips, Telemetry, VoiceStatuses } from '../rooms/ports.ts';
import type { RoomConnections, SessionConnection } from './room-connections.ts';

type Body<N extends SessionTelemetryName> = z.output<(typeof sessionTelemetrySchemas)[N]>;
type Answer = { readonly fields: Readonly<Record<string, unknown>> } | { readonly refusal: Refusal };
type Handlers = {
  readonly [N in SessionTelemetryName]: (body: Body<N>, connection: SessionConnection) => Answer | Promise<Answer>;
};

/** Beyond this a snapshot is smaller than the history. */
const MAX_SYNC_COMMITS = 200;
const NOTHING: Answer = { fields: {} };

export interface TelemetryOptions {
  readonly rooms: RoomsService;
  readonly connections: RoomConnections;
  readonly clock: Clock;
  readonly voice: VoiceStatuses;
  readonly roundTrips: RoundTrips;
  readonly telemetry: Telemetry;
}

export const createSessionTelemetry = (options: TelemetryOptions): Handlers => {
  const { rooms, connections, clock, voice, roundTrips, telemetry } = options;

  const record = (
    connection: SessionConnection,
    kind: Parameters<Telemetry['record']>[0]['kind'],
    data: object,
  ): void => {
    const { roomId, participantId } = connection;
    telemetry.record({ roomId, participantId, kind, at: clock.now(), data: { ...data } });
  };

  return {
    'clock:ping': async (_, connection) => {
      // The room's version, not the one sent here: that is how a client notices what it was never sent.
      const state = await rooms.latestKnown(connection.roomId);
      return { fields: { serverTime: clock.now(), version: state?.version ?? 0 } };
    },

    'clock:report': (body, connection) => {
      const { roomId, participantId } = connection;
      const rttMs = Math.max(0, Math.round(body.rttMs));
      // Told to other nodes: only what is news.
      if (roundTrips.of(roomId).get(participantId) !== rttMs) roundTrips.set(roomId, participantId, rttMs);
      record(connection, 'clock_report', body);
      return NOTHING;
    },

    'page:shown': (body, connection) => {
      record(connection, 'page_shown', body);
      return NOTHING;
    },

    'link:report': async (body, connection) => {
      const state = await rooms.latestKnown(connection.roomId);
      if (!state || !Object.hasOwn(state.participants, body.participantId))
        return { refusal: { code: 'participant_not_found' } };
      record(connection, 'link_report', body);
      return NOTHING;
    },

    'voice:status': async (body, connection) => {
      const { roomId, participantId, epoch } = connection;
      const before = voice.of(roomId).get(participantId);
      let state = await rooms.latestKnown(roomId);
      // Who was muted unmutes by switching the microphone on; a report still on its way when the mute came is no switch.
      if (state?.participants[participantId]?.muted && body.micOn && !before?.micOn) {
        const by = epoch === undefined ? undefined : { participantId, epoch };
        const result = await rooms.handle(roomId, { type: 'unmute', by: participantId }, undefined, by);
        if (result.ok) state = result.state;
      }
      const participant = state?.participants[participantId];
      if (!participant) return { refusal: { code: 'participant_not_found' } };
      // A report may outlive its connection by a moment: nothing must be kept for who is gone.
      if (!connections.of(roomId).has(connection)) return NOTHING;
      voice.set(roomId, participantId, body);
      const { nickname, muted } = participant;
      const status = {
        participantId,
        nickname,
        micOn: body.micOn && !muted,
        speaking: body.micOn && body.speaking && !muted,
      };
      connections.tell(roomId, 'voice:status', status);
      rooms.notice(roomId);
      return NOTHING;
    },

    'room:sync': async ({ since }, connection) => {
      if (connection.syncLimit.take() !== 'ok') return { refusal: { code: 'rate_limited' } };
      const state = await rooms.state(connection.roomId);
      if (!state) return { refusal: { code: 'room_not_found' } };
      const missing = state.version - since;
      if (missing <= 0) return { fields: { commits: [] } };
      if (missing > MAX_SYNC_COMMITS) return { fields: { snapshot: connections.snapshotFor(connection, state) } };
      const missed = await rooms.commitsSince(connection.roomId, since);
      const known = missed.filter((commit) => commit.version <= state.version);
      const commits = missedMessagesOf(known, state, connection.participantId);
      return { fields: { commits } };
    },
  };
};
