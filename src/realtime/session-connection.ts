// One connection of a participant on /session. Its stages, from each only forward:
//   entering   from its opening on. Its `connect` is not committed yet; commits of the room are kept until the snapshot.
//   welcomed   when its `connect` was committed and the snapshot sent. Every commit is sent once and in order from then on.
//   dismissed  when it no longer counts: a newer one of the participant does, or the history that it belongs to is gone. Its
//              end is not given to the room, where it might mean another connection.
//   ended      when the socket is closed.
// Sends nothing itself and holds no rule of the room.
import type { Socket } from 'socket.io';
import type { Transition } from '../rooms/copies/load-room.ts';
import type { LocalConnection } from '../rooms/presence/local-connections.ts';

const STAGES = ['entering', 'welcomed', 'dismissed', 'ended'] as const;
type StageName = (typeof STAGES)[number];
type Stage =
  | { readonly name: 'entering'; readonly early: Transition[] }
  | { readonly name: 'welcomed'; readonly epoch: number; readonly sentVersion: number }
  | { readonly name: 'dismissed' | 'ended' };

export interface SessionConnection extends LocalConnection {
  readonly socket: Socket;
  readonly stage: StageName;
  /** The number under which the room counts it; undefined unless it is welcomed. */
  readonly epoch: number | undefined;
  /** Otherwise its heartbeats are timed. */
  reportsRoundTrips: boolean;
  /** The room is at this version for it now. Gives the commits that came too early, to be sent after the snapshot. */
  welcome(epoch: number, version: number): readonly Transition[];
  keepForLater(transition: Transition): void;
  /** All up to this version has been sent. */
  sent(version: number): void;
  dismiss(): void;
  /** Gives the epoch to be declared lost; undefined when there is none or it must not be. */
  end(): number | undefined;
}

export const createSessionConnection = (
  socket: Socket,
  { roomId, participantId }: { readonly roomId: string; readonly participantId: string },
): SessionConnection => {
  let stage: Stage = { name: 'entering', early: [] };

  /** Gives the stage before; undefined when the connection is past this one. */
  const enter = (next: Stage): Stage | undefined => {
    if (STAGES.indexOf(next.name) <= STAGES.indexOf(stage.name)) return undefined;
    const before = stage;
    stage = next;
    return before;
  };

  return {
    ...{ socket, roomId, participantId, reportsRoundTrips: false },
    get stage() {
      return stage.name;
    },
    get epoch() {
      return stage.name === 'welcomed' ? stage.epoch : undefined;
    },
    get sentVersion() {
      return stage.name === 'welcomed' ? stage.sentVersion : undefined;
    },
    welcome(epoch, sentVersion) {
      const before = enter({ name: 'welcomed', epoch, sentVersion });
      return before?.name === 'entering' ? before.early : [];
    },
    keepForLater(transition) {
      if (stage.name === 'entering') stage.early.push(transition);
    },
    sent(sentVersion) {
      if (stage.name === 'welcomed') stage = { ...stage, sentVersion };
    },
    dismiss() {
      enter({ name: 'dismissed' });
    },
    end() {
      const before = enter({ name: 'ended' });
      return before?.name === 'welcomed' ? before.epoch : undefined;
    },
  };
};
