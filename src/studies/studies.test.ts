import { describe, expect, it } from 'vitest';
import { LIST_BYTES } from '../protocol/ceilings.ts';
import type { StudyContent } from '../protocol/study.ts';
import type { StoredStudy, StudyStore } from './ports.ts';
import { createStudies } from './studies.ts';

/** Studies of so many characters, newest first. */
const listedBy = (sizes: readonly number[]) => {
  const all = sizes.map(
    (size, index): StoredStudy => ({
      id: `s${index}`,
      version: 1,
      content: { title: 'x'.repeat(size) } as StudyContent,
      createdAt: 1_000 - index,
      updatedAt: 0,
    }),
  );
  let mostRead = 0;
  const list: StudyStore['list'] = async (after, limit) => {
    const start = after ? all.findIndex(({ id }) => id === after.id) + 1 : 0;
    mostRead = Math.max(mostRead, limit);
    return all.slice(start, start + limit);
  };
  const studies = createStudies({ store: { list } as StudyStore, now: () => 0 });
  const pages = async () => {
    const counts: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await studies.list(cursor);
      if (!page.ok) throw new Error(page.refusal.code);
      counts.push(page.value.items.length);
      cursor = page.value.nextCursor;
    } while (cursor !== undefined);
    return counts;
  };
  return { pages, mostRead: () => mostRead };
};

describe('[CE8] a page of the list of studies', () => {
  const EIGHT_MIB = 8 * 1024 * 1024;
  it.each([
    ['no study', [], [0]],
    ['small ones', Array(250).fill(1_000), [100, 100, 50]],
    ['exactly a page', Array(100).fill(10), [100]],
    ['the largest ones', Array(5).fill(EIGHT_MIB), [1, 1, 1, 1, 1]],
    ['a large one among small ones', [10, 10, EIGHT_MIB, 10, 10], [2, 1, 2]],
    ['ones of a third', Array(4).fill(LIST_BYTES / 3 - 100), [3, 1]],
  ])('ends with its bytes, and nobody is left out: %s', async (_, sizes, counts) => {
    expect(await listedBy(sizes).pages()).toEqual(counts);
  });

  it('is read in small parts where studies are large', async () => {
    const list = listedBy(Array(6).fill(EIGHT_MIB));
    await list.pages();
    expect(list.mostRead()).toBeLessThanOrEqual(5);
  });
});
