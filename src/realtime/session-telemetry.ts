// /session messages that are not journaled: clock, voice, link, shown, and the request for missed commits.
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Refusal } from '../protocol/error-codes.ts';
import type { SessionTelemetryName, sessionTelemetrySchemas } from '../protocol/session-messages.ts';
import type { RoomState } from '../room/state.ts';
import { missedMessagesOf } from '../room/view.ts';
import type { RoomsService } from '../rooms/create-rooms.ts';
import type { Clock, Telemetry } from '../rooms/ports.ts';
import type { RoundTrips, VoiceStatus, VoiceStatuses } from '../rooms/presence/ports.ts';
import { slowRoundTripOf } from '../rooms/turn-lead.ts';
import type { RoomConnections, SessionConnection } from './room-connections.ts';
import type { SessionLimits } from './session-limits.ts';

type Body<N extends SessionTelemetryName> = z.output<(typeof sessionTelemetrySchemas)[N]>;
type Answer = { readonly fields: Readonly<Record<string, unknown>> } | { readonly refusal: Refusal };
type Handlers = {
  readonly [N in SessionTelemetryName]: (body: Body<N>, connection: SessionConnection) => Answer | Promise<Answer>;
};

/** Beyond this a snapshot is smaller than the history. */
const MAX_SYNC_COMMITS = 200;
const NOTHING: Answer = { fields: {} };
const SILENT: VoiceStatus = { micOn: false, speaking: false };

export interface TelemetryOptions {
  readonly rooms: RoomsService;
  readonly connections: RoomConnections;
  readonly clock: Clock;
  readonly voice: VoiceStatuses;
  readonly roundTrips: RoundTrips;
  readonly telemetry: Telemetry;
  readonly log: Logger;
  readonly limits: Pick<SessionLimits, 'maySync' | 'mayMeasure' | 'mayStoreAnother'>;
}

export const createSessionTelemetry = (options: TelemetryOptions): Handlers => {
  const { rooms, connections, clock, voice, roundTrips, telemetry, log, limits } = options;

  const record = (
    connection: SessionConnection,
    kind: Parameters<Telemetry['record']>[0]['kind'],
    data: object,
  ): Answer => {
    const { roomId, participantId } = connection;
    if (!limits.mayMeasure(participantId)) return { refusal: { code: 'rate_limited' } };
    if (!limits.mayStoreAnother(participantId)) return { refusal: { code: 'participant_limit' } };
    telemetry.record({ roomId, participantId, kind, at: clock.now(), data: { ...data } });
    return NOTHING;
  };

  const tellVoice = (state: RoomState, participantId: string, { micOn, speaking }: VoiceStatus): void => {
    const participant = state.participants[participantId];
    if (!participant) return;
    const { nickname, muted } = participant;
    connections.tell(state.definition.roomId, 'voice:status', {
      participantId,
      nickname,
      micOn: micOn && !muted,
      speaking: micOn && speaking && !muted,
    });
  };

  const tellVoiceOfElsewhere = async (roomId: string, participantId: string): Promise<void> => {
    const known = await rooms.latestKnown(roomId);
    // Who has spoken has joined, by a commit that may not have come here yet: the journal has it.
    const state = known?.participants[participantId] ? known : await rooms.state(roomId);
    // What holds now: something newer may have come meanwhile.
    if (state) tellVoice(state, participantId, voice.of(roomId).get(participantId) ?? SILENT);
  };

  // Each node tells its own connections, after an outage of Redis too: emissions from node to node are lost in one.
  voice.onChange((roomId, participantId) => {
    if (connections.of(roomId).size === 0) return;
    tellVoiceOfElsewhere(roomId, participantId).catch((error: unknown) => {
      log.warn({ err: error, roomId }, 'a voice status of another node was not told');
    });
  });

  return {
    'clock:ping': async (_, connection) => {
      // The room's version, not the one sent here: that is how a client notices what it was never sent.
      const state = await rooms.latestKnown(connection.roomId);
      return { fields: { serverTime: clock.now(), version: state?.version ?? 0 } };
    },

    'clock:report': (body, connection) => {
      const { roomId, participantId } = connection;
      const slowMs = slowRoundTripOf(body);
      connection.reportsRoundTrips ||= slowMs !== undefined;
      // Told to other nodes: only what is news.
      if (slowMs !== undefined && roundTrips.of(roomId).get(participantId) !== slowMs)
        roundTrips.set(roomId, participantId, slowMs);
      return record(connection, 'clock_report', body);
    },

    'page:shown': (body, connection) => record(connection, 'page_shown', body),

    'link:report': async (body, connection) => {
      const state = await rooms.latestKnown(connection.roomId);
      if (!state || !Object.hasOwn(state.participants, body.participantId))
        return { refusal: { code: 'participant_not_found' } };
      return record(connection, 'link_report', body);
    },

    'voice:status': async (body, connection) => {
      const { roomId, participantId, epoch } = connection;
      const before = voice.of(roomId).get(participantId);
      let state = await rooms.latestKnown(roomId);
      // Who was muted unmutes by switching the microphone on; a report still on its way when the mute came is no switch.
      if (state?.participants[participantId]?.muted && body.micOn && !before?.micOn) {
        const by = epoch === undefined ? undefined : { participantId, epoch };
        const result = await rooms.handle(roomId, { type: 'unmute', by: participantId }, { connection: by });
        if (result.ok) state = result.state;
      }
      if (!state?.participants[participantId]) return { refusal: { code: 'participant_not_found' } };
      // A report may outlive its connection by a moment: nothing must be kept for who is gone.
      if (!connections.of(roomId).has(connection)) return NOTHING;
      voice.set(roomId, participantId, body);
      tellVoice(state, participantId, body);
      rooms.notice(roomId);
      return NOTHING;
    },

    'room:sync': async ({ since }, connection) => {
      if (!limits.maySync(connection.participantId)) return { refusal: { code: 'rate_limited' } };
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
