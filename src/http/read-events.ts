// One page of a room's journal for a researcher: as many commits as asked for, or fewer when they are large. An answer is made
// whole in memory, and a thousand long texts may be 75 MB.
import type { RoomCommit } from '../protocol/room-events.ts';
import { journalPages } from '../rooms/copies/journal-pages.ts';
import type { HttpDeps } from './context.ts';

const MAX_CHARACTERS = 4_000_000;

interface EventsRequest {
  readonly roomId: string;
  readonly since: number;
  readonly limit: number;
}

export const readEvents = async (
  rooms: Pick<HttpDeps['rooms'], 'commitsSince'>,
  { roomId, since, limit }: EventsRequest,
): Promise<{ readonly commits: readonly RoomCommit[]; readonly more: boolean }> => {
  const commits: RoomCommit[] = [];
  let characters = 0;
  for await (const page of journalPages({ commits: rooms.commitsSince }, roomId, since)) {
    for (const { version, at, events } of page) {
      if (commits.length === limit || characters >= MAX_CHARACTERS) return { commits, more: true };
      commits.push({ version, at, events });
      characters += JSON.stringify(events).length;
    }
  }
  return { commits, more: false };
};
