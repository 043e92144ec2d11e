// Measurements that clients send on /session for researchers: stored, never journaled, and decided by nobody. Round trips also say
// how far ahead page turns must be announced.
import type { z } from 'zod';
import type { SessionTelemetryName, sessionTelemetrySchemas } from '../protocol/session-messages.ts';
import type { Clock, Telemetry } from '../rooms/ports.ts';
import type { RoundTrips } from '../rooms/presence/ports.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { slowRoundTripOf } from '../rooms/turn-lead.ts';
import type { SessionConnection } from './session-connection.ts';
import type { SessionLimits } from './session-limits.ts';
import { NOTHING, type SessionAnswer } from './session-telemetry.ts';

type Body<N extends SessionTelemetryName> = z.output<(typeof sessionTelemetrySchemas)[N]>;

interface MeasurementsOptions {
  readonly rooms: Pick<Rooms, 'copyOf'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly roundTrips: Pick<RoundTrips, 'of' | 'set'>;
  readonly telemetry: Telemetry;
  readonly limits: Pick<SessionLimits, 'mayMeasure' | 'mayStoreAnother'>;
}

export const createSessionMeasurements = ({ rooms, clock, roundTrips, telemetry, limits }: MeasurementsOptions) => {
  const record = (
    { roomId, participantId }: SessionConnection,
    kind: Parameters<Telemetry['record']>[0]['kind'],
    data: object,
  ): SessionAnswer => {
    if (!limits.mayMeasure(participantId)) return { refusal: { code: 'rate_limited' } };
    if (!limits.mayStoreAnother(participantId)) return { refusal: { code: 'participant_limit' } };
    telemetry.record({ roomId, participantId, kind, at: clock.now(), data: { ...data } });
    return NOTHING;
  };

  return {
    'clock:report': (body: Body<'clock:report'>, connection: SessionConnection): SessionAnswer => {
      const { roomId, participantId } = connection;
      const slowMs = slowRoundTripOf(body);
      connection.reportsRoundTrips ||= slowMs !== undefined;
      // Published to the other nodes: only when it has changed.
      if (slowMs !== undefined && roundTrips.of(roomId).get(participantId) !== slowMs)
        roundTrips.set(roomId, participantId, slowMs);
      return record(connection, 'clock_report', body);
    },

    'page:shown': (body: Body<'page:shown'>, connection: SessionConnection): SessionAnswer =>
      record(connection, 'page_shown', body),

    'link:report': async (body: Body<'link:report'>, connection: SessionConnection): Promise<SessionAnswer> => {
      const state = await rooms.copyOf(connection.roomId);
      if (!state || !Object.hasOwn(state.participants, body.participantId))
        return { refusal: { code: 'participant_not_found' } };
      return record(connection, 'link_report', body);
    },
  };
};
