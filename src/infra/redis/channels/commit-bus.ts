// Commits on their way to the other nodes, one channel per room. A message that cannot be read is dropped: the next commit's
// version shows that one is missing.
import { z } from 'zod';
import type { CommitBus, PublishedCommit } from '../../../rooms/copies/ports.ts';
import type { RoomKeys } from '../room-keys.ts';
import type { RoomChannels } from './room-channels.ts';

const commitSchema = z.looseObject({
  version: z.int().positive(),
  commitId: z.string().min(1),
  at: z.number(),
  previous: z.string().optional(),
  /** None: a command that changed nothing and is remembered. */
  events: z.array(z.looseObject({ type: z.string() })),
});

const commitOf = (message: string): PublishedCommit | undefined => {
  try {
    // Other nodes of this service alone can write here: the shape is checked, the events are theirs.
    return commitSchema.parse(JSON.parse(message)) as unknown as PublishedCommit;
  } catch {
    return undefined;
  }
};

export const createRedisCommitBus = ({ channels, keys }: { channels: RoomChannels; keys: RoomKeys }): CommitBus => {
  const reconnectCallbacks = new Set<(roomIds: readonly string[]) => void>();
  const begun = new Set<string>();

  /** Rooms are gathered for a moment: those of a whole node are then compared with the journal in one query. */
  const began = (roomId: string): void => {
    if (begun.size === 0) {
      setImmediate(() => {
        const roomIds = [...begun];
        begun.clear();
        for (const callback of reconnectCallbacks) callback(roomIds);
      });
    }
    begun.add(roomId);
  };

  return {
    publish: (roomId, commit) => channels.publish(keys.commitChannel(roomId), JSON.stringify(commit)),
    subscribe: (roomId, onCommit) =>
      channels.subscribe(keys.commitChannel(roomId), {
        onMessage: (message) => {
          const commit = commitOf(message);
          if (commit) onCommit(commit);
        },
        onBegin: () => began(roomId),
      }),
    isHeard: channels.isReceiving,
    onReconnect(callback) {
      reconnectCallbacks.add(callback);
      return () => {
        reconnectCallbacks.delete(callback);
      };
    },
  };
};
