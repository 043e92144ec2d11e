// Does something for many rooms, a few at a time. No room keeps the others from their turn.
import type { SetAside } from './set-aside.ts';

/** Rooms at once. */
const WIDTH = 8;

interface EachRoomOptions {
  readonly setAside: Pick<SetAside, 'has'>;
  readonly signal: AbortSignal;
}

/** Rejects with the last failure when all rooms have had their turn; that a room is set aside has been logged and is none. */
export const eachRoom = async (
  roomIds: readonly string[],
  { setAside, signal }: EachRoomOptions,
  task: (roomId: string) => Promise<void>,
): Promise<void> => {
  const left = roomIds.values();
  const failures: { readonly error: unknown }[] = [];
  const worker = async (): Promise<void> => {
    for (const roomId of left) {
      if (signal.aborted) return;
      await task(roomId).catch((error: unknown) => setAside.has(roomId) || failures.push({ error }));
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  const last = failures.at(-1);
  if (last) throw last.error;
};
