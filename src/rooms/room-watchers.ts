// Who looks at a room from outside (live streams of researchers) and is called when it may look different.
import type { Logger } from 'pino';
import type { RoomState } from '../room/state.ts';
import type { RoomCopies } from './copies/ports.ts';
import type { RoomFeed } from './copies/room-feed.ts';

/** Without a state: the room is gone. */
type OnChange = (state?: RoomState) => void;

export interface RoomWatchers {
  /** Until the returned function is called. */
  watch(roomId: string, onChange: OnChange): () => void;
  /** The room is this now. */
  changed(roomId: string, state: RoomState | undefined): void;
  /** Something that is not journaled changed (voice, progress of uploads). */
  notice(roomId: string): void;
}

interface RoomWatchersOptions {
  readonly copies: Pick<RoomCopies, 'get'>;
  readonly feed: Pick<RoomFeed, 'listen'>;
  readonly log: Logger;
}

export const createRoomWatchers = ({ copies, feed, log }: RoomWatchersOptions): RoomWatchers => {
  const watchers = new Map<string, Set<OnChange>>();
  const changed: RoomWatchers['changed'] = (roomId, state) => {
    for (const onChange of watchers.get(roomId) ?? []) onChange(state);
  };
  feed.listen({
    committed: ({ after }) => changed(after.definition.roomId, after),
    erased: (roomId) => changed(roomId, undefined),
  });
  return {
    changed,
    watch(roomId, onChange) {
      const watching = watchers.get(roomId) ?? new Set();
      watchers.set(roomId, watching.add(onChange));
      return () => {
        watching.delete(onChange);
        if (watching.size === 0) watchers.delete(roomId);
      };
    },
    notice(roomId) {
      if (!watchers.has(roomId)) return;
      copies.get(roomId).then(
        (state) => state && changed(roomId, state),
        (error: unknown) => log.warn({ err: error, roomId }, 'a watched room could not be read'),
      );
    },
  };
};
