// Where the journals of single rooms end, asked for together: while one question is under way, the next gathers.
import type { RoomState } from '../../room/state.ts';
import type { Head, Journal } from '../ports.ts';

/** Undefined when the room is gone. */
export type HeadOf = (roomId: string) => Promise<Head | undefined>;

export const isAt = (state: RoomState, head: Head | undefined): boolean =>
  head?.version === state.version && head.commitId === state.commitId;

interface Asker {
  readonly roomId: string;
  readonly resolve: (head: Head | undefined) => void;
  readonly reject: (error: unknown) => void;
}

export const createHeadOf = (journal: Pick<Journal, 'heads'>): HeadOf => {
  let waiting: Asker[] = [];
  let asking = false;

  const ask = async (): Promise<void> => {
    asking = true;
    while (waiting.length > 0) {
      const askers = waiting;
      waiting = [];
      try {
        const heads = await journal.heads([...new Set(askers.map(({ roomId }) => roomId))]);
        for (const { roomId, resolve } of askers) resolve(heads.get(roomId));
      } catch (error) {
        for (const { reject } of askers) reject(error);
      }
    }
    asking = false;
  };

  return (roomId) =>
    new Promise((resolve, reject) => {
      waiting.push({ roomId, resolve, reject });
      if (!asking) void ask();
    });
};
