import { describe, expect, it } from 'vitest';
import { latenessRows, NO_TURNS, uncertaintiesOf, withTurns } from './page-lateness.ts';

const turned = (version: number, page: number, turnsAt: number) => ({
  version,
  at: turnsAt - 50,
  events: [{ type: 'page_turned' as const, page, turnsAt, by: 'a' }],
});
const shown = (participantId: string, page: number, shownAt: number) => ({ participantId, page, shownAt, at: shownAt });

describe('[CK6] lateness of pages', () => {
  it('reads start and turns from the journal, each commit once', () => {
    const started = { version: 3, at: 1_000, events: [{ type: 'debate_started' as const, startedAt: 1_000 }] };
    const first = withTurns(NO_TURNS, [started, turned(4, 1, 5_000)]);
    const again = withTurns(first, [turned(4, 1, 5_000), turned(5, 2, 9_000)]);
    expect(again).toEqual({
      version: 5,
      turns: [
        { page: 0, turnsAt: 1_000 },
        { page: 1, turnsAt: 5_000 },
        { page: 2, turnsAt: 9_000 },
      ],
    });
  });

  it.each([
    ['all saw it', [shown('a', 1, 5_003), shown('b', 1, 5_041), shown('c', 1, 4_998)], { a: 3, b: 41, c: -2 }, 43],
    ['one did not', [shown('a', 1, 5_003)], { a: 3 }, undefined],
    ['only the first counts', [shown('a', 1, 5_003), shown('a', 1, 6_000)], { a: 3 }, undefined],
    ['another page is none of it', [shown('a', 2, 5_003)], {}, undefined],
    ['who came back after the next turn did not see it then', [shown('a', 1, 9_500)], {}, undefined],
    ['a report of an earlier visit to the page', [shown('a', 1, 2_000)], {}, undefined],
  ])('%s', (_, reports, lateMs, apartMs) => {
    const turns = [
      { page: 1, turnsAt: 5_000 },
      { page: 2, turnsAt: 9_000 },
    ];
    expect(latenessRows(turns, reports)[0]).toEqual({ page: 1, turnsAt: 5_000, lateMs, apartMs });
  });

  it('takes the last uncertainty that is known', () => {
    const report = { rttMs: 1, offsetMs: 0, at: 0 };
    expect(
      uncertaintiesOf([
        { ...report, participantId: 'a', uncertaintyMs: 9 },
        { ...report, participantId: 'a', uncertaintyMs: 2 },
        { ...report, participantId: 'b', uncertaintyMs: null },
      ]),
    ).toEqual({ a: 2 });
  });
});
