// The current versions of single rooms, asked for together: while one question is under way, the next gathers.
import type { Journal } from './ports.ts';

/** Undefined when the room is gone. */
export type HeadOf = (roomId: string) => Promise<number | undefined>;

interface Asker {
  readonly roomId: string;
  readonly resolve: (head: number | undefined) => void;
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
