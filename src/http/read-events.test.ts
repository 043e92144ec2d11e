import { expect, test } from 'vitest';
import { commitsOf, on } from '../../test/support/room/room-scenario.ts';
import { COMMITS_A_READ } from '../rooms/ports.ts';
import { readEvents } from './read-events.ts';

const journalOf = (length: number, characters: number) => {
  const event = { type: 'choice_submitted', participantId: 'p1', questionId: 'q', revision: 1 } as const;
  const commits = commitsOf(Array.from({ length }, (_, at) => on(at, { ...event, value: 'x'.repeat(characters) })));
  const reads: number[] = [];
  return {
    reads,
    rooms: {
      commitsSince: async (_: string, since: number) => {
        const page = commits.slice(since, since + COMMITS_A_READ);
        reads.push(page.length);
        return page;
      },
    },
  };
};

test('[ST20] the journal comes in pages of the size asked for, and says when there is more', async () => {
  const { rooms, reads } = journalOf(700, 10);
  const first = await readEvents(rooms, { roomId: 'room', since: 0, limit: 500 });
  expect([first.commits.length, first.more]).toEqual([500, true]);
  const rest = await readEvents(rooms, { roomId: 'room', since: 500, limit: 500 });
  expect(rest.commits.map(({ version }) => version)).toEqual(Array.from({ length: 200 }, (_, index) => 501 + index));
  expect(rest.more).toBe(false);
  expect(Math.max(...reads)).toBe(COMMITS_A_READ);
});

test('[ST20] commits with long texts come in shorter pages, none left out', async () => {
  const { rooms } = journalOf(1_000, 10_000);
  const versions: number[] = [];
  for (let more = true; more; ) {
    const page = await readEvents(rooms, { roomId: 'room', since: versions.length, limit: 1_000 });
    expect(page.commits.length).toBeLessThan(450);
    versions.push(...page.commits.map(({ version }) => version));
    more = page.more;
  }
  expect(versions).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
});
