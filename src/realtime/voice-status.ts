// Live microphones of a room: what a client reports is shared with the other nodes, and each node sends it to its own connections.
import type { Logger } from 'pino';
import { unmutesBySwitchingOn } from '../room/room-queries.ts';
import type { RoomState } from '../room/state.ts';
import type { LocalConnections } from '../rooms/presence/local-connections.ts';
import type { VoiceStatus, VoiceStatuses } from '../rooms/presence/ports.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { SessionConnection } from './session-connection.ts';
import type { SessionConnections } from './session-connections.ts';
import { NOTHING, type SessionAnswer } from './session-telemetry.ts';

const SILENT: VoiceStatus = { micOn: false, speaking: false };

export interface VoiceStatusOptions {
  readonly rooms: Pick<Rooms, 'copyOf' | 'state' | 'handle' | 'notice'>;
  readonly connections: Pick<LocalConnections<SessionConnection>, 'of'>;
  readonly sessions: Pick<SessionConnections, 'tell'>;
  readonly voice: Pick<VoiceStatuses, 'of' | 'set' | 'onChange'>;
  readonly log: Logger;
}

export const createVoiceStatus = ({ rooms, connections, sessions, voice, log }: VoiceStatusOptions) => {
  const send = (state: RoomState, participantId: string, { micOn, speaking }: VoiceStatus): void => {
    const participant = state.participants[participantId];
    if (!participant) return;
    const { nickname, muted } = participant;
    sessions.tell(state.definition.roomId, 'voice:status', {
      participantId,
      nickname,
      micOn: micOn && !muted,
      speaking: micOn && speaking && !muted,
    });
  };

  const sendWhatHolds = async (roomId: string, participantId: string): Promise<void> => {
    const copy = await rooms.copyOf(roomId);
    // Who has spoken has joined, by a commit that may not have come here yet: the journal has it.
    const state = copy?.participants[participantId] ? copy : await rooms.state(roomId);
    // What holds now: something newer may have come meanwhile.
    if (state) send(state, participantId, voice.of(roomId).get(participantId) ?? SILENT);
  };

  // Each node sends to its own connections, after an outage of Redis too: emissions from node to node are lost in one.
  voice.onChange((roomId, participantId) => {
    rooms.notice(roomId);
    if (connections.of(roomId).size === 0) return;
    sendWhatHolds(roomId, participantId).catch((error: unknown) => {
      log.warn({ err: error, roomId }, 'a voice status of another node was not sent');
    });
  });

  return {
    'voice:status': async (status: VoiceStatus, connection: SessionConnection): Promise<SessionAnswer> => {
      const { roomId, participantId, epoch } = connection;
      const before = voice.of(roomId).get(participantId);
      let state = await rooms.copyOf(roomId);
      if (state && unmutesBySwitchingOn(state, participantId, before, status)) {
        const by = epoch === undefined ? undefined : { participantId, epoch };
        const result = await rooms.handle(roomId, { type: 'unmute', by: participantId }, { connection: by });
        if (result.ok) state = result.state;
      }
      if (!state?.participants[participantId]) return { refusal: { code: 'participant_not_found' } };
      // A report may outlive its connection by a moment: nothing must be kept for who is gone.
      if (!connections.of(roomId).has(connection)) return NOTHING;
      voice.set(roomId, participantId, status);
      send(state, participantId, status);
      rooms.notice(roomId);
      return NOTHING;
    },
  };
};
