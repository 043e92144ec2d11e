// What a client asks of /session and nothing changes by: the room clock, and the commits that it has missed.
import { missedMessagesOf } from '../room/participant-view.ts';
import type { Clock } from '../rooms/ports.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { SessionConnection } from './session-connection.ts';
import type { SessionConnections } from './session-connections.ts';
import type { SessionLimits } from './session-limits.ts';
import type { SessionAnswer } from './session-telemetry.ts';

/** Beyond this a snapshot is smaller than the history. */
const MAX_SYNC_COMMITS = 200;

interface QuestionsOptions {
  readonly rooms: Pick<Rooms, 'copyOf' | 'state' | 'commitsSince'>;
  readonly sessions: Pick<SessionConnections, 'snapshotFor'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly limits: Pick<SessionLimits, 'maySync'>;
}

export const createSessionQuestions = ({ rooms, sessions, clock, limits }: QuestionsOptions) => ({
  'clock:ping': async (_: unknown, { roomId }: SessionConnection): Promise<SessionAnswer> => {
    // The room's version, not the one sent here: that is how a client notices what it was never sent.
    const state = await rooms.copyOf(roomId);
    return { fields: { serverTime: clock.now(), version: state?.version ?? 0 } };
  },

  'room:sync': async ({ since }: { readonly since: number }, connection: SessionConnection): Promise<SessionAnswer> => {
    const { roomId, participantId } = connection;
    if (!limits.maySync(participantId)) return { refusal: { code: 'rate_limited' } };
    const state = await rooms.state(roomId);
    if (!state) return { refusal: { code: 'room_not_found' } };
    const missing = state.version - since;
    if (missing <= 0) return { fields: { commits: [] } };
    if (missing > MAX_SYNC_COMMITS) return { fields: { snapshot: sessions.snapshotFor(connection, state) } };
    const missed = await rooms.commitsSince(roomId, since);
    const known = missed.filter((commit) => commit.version <= state.version);
    return { fields: { commits: missedMessagesOf(known, state, participantId) } };
  },
});
