import { describe, expect, it } from 'vitest';
import { createSignalLimits } from './signal-limits.ts';

const SMALL = 200;
const LARGE = 64 * 1024;
const relayed = (length: number) => ({ length, isRelayed: true });

const limitsAt = (instant: { ms: number }) =>
  createSignalLimits({ clock: { now: () => instant.ms, monotonic: () => instant.ms } });

const peer = (participantId: string, roomId = 'room') => ({
  roomId,
  participantId,
  nickname: participantId,
  seat: 0,
  language: 'en' as const,
});

describe('limits of signals', () => {
  const countOk = (answers: readonly string[]) => answers.filter((answer) => answer === 'ok').length;
  const times = <T>(count: number, take: () => T): T[] => Array.from({ length: count }, take);

  it('[SG14] let a participant send a burst, then as much as time brings back, whichever socket it comes from', () => {
    const instant = { ms: 0 };
    const limits = limitsAt(instant);
    expect(countOk(times(300, () => limits.takeSignal(peer('p'), relayed(SMALL))))).toBe(200);
    expect(countOk(times(300, () => limits.takeSignal(peer('q'), relayed(SMALL))))).toBe(200);
    instant.ms = 1_000;
    expect(countOk(times(300, () => limits.takeSignal(peer('p'), relayed(SMALL))))).toBe(50);
  });

  it('[SG14] count a large signal as several', () => {
    const limits = limitsAt({ ms: 0 });
    expect(countOk(times(50, () => limits.takeSignal(peer('p'), relayed(LARGE))))).toBe(12);
    expect(countOk(times(50, () => limits.takeSignal(peer('p'), relayed(SMALL))))).toBe(8);
  });

  it('[SG14] keep a room from taking more than its share, and leave other rooms alone', () => {
    const instant = { ms: 0 };
    const limits = limitsAt(instant);
    const eight = Array.from({ length: 8 }, (_, index) => peer(`p${index}`));
    expect(countOk(eight.flatMap((one) => times(190, () => limits.takeSignal(one, relayed(SMALL)))))).toBe(1_200);
    expect(limits.takeSignal(peer('q', 'another'), relayed(SMALL))).toBe('ok');
    instant.ms = 100;
    expect(countOk(eight.flatMap((one) => times(10, () => limits.takeSignal(one, relayed(SMALL)))))).toBe(24);
  });

  it('[SG14] close who does not stop, but nobody because others filled the room', () => {
    const limits = limitsAt({ ms: 0 });
    const answers = times(1_300, () => limits.takeSignal(peer('loud'), relayed(SMALL)));
    expect([answers.at(1_000), answers.at(-1)]).toEqual(['refuse', 'close']);
    for (let index = 0; index < 6; index += 1) times(200, () => limits.takeSignal(peer(`p${index}`), relayed(SMALL)));
    expect(
      times(190, () => limits.takeSignal(peer('quiet'), relayed(SMALL))).every((answer) => answer === 'refuse'),
    ).toBe(true);
    expect(limits.takeSignal(peer('p0'), relayed(SMALL))).toBe('refuse');
  });

  it('[SG14] let who was closed for not stopping connect a tenth as often at once', () => {
    const instant = { ms: 0 };
    const limits = limitsAt(instant);
    const comings = (): number => {
      let count = 0;
      for (; count < 100 && limits.mayConnect(peer('loud')); count += 1) {
        let answer: string;
        do answer = limits.takeSignal(peer('loud'), relayed(14 * LARGE));
        while (answer !== 'close');
      }
      return count;
    };
    expect(comings()).toBe(10);
    instant.ms = 1_000;
    expect(comings()).toBe(5);
    expect(limits.mayConnect(peer('quiet'))).toBe(true);
  });

  it('take nothing from the room for what is not relayed', () => {
    const limits = limitsAt({ ms: 0 });
    for (let index = 0; index < 10; index += 1)
      times(200, () => limits.takeSignal(peer(`p${index}`), { length: SMALL, isRelayed: false }));
    expect(limits.takeSignal(peer('q'), relayed(SMALL))).toBe('ok');
  });

  it('let a participant connect no more often than a page in trouble would', () => {
    const instant = { ms: 0 };
    const limits = limitsAt(instant);
    expect(times(150, () => limits.mayConnect(peer('p'))).filter(Boolean)).toHaveLength(100);
    expect(limits.mayConnect(peer('q'))).toBe(true);
    instant.ms = 1_000;
    expect(times(10, () => limits.mayConnect(peer('p'))).filter(Boolean)).toHaveLength(5);
  });
});
