import { describe, expect, test } from 'vitest';
import { createVirtualTime } from '../../../test/support/room/virtual-time.ts';
import { createLinkWatch } from './link-watch.ts';

const createScene = (laterByMs = 0) => {
  const time = createVirtualTime();
  const startedAt = time.now();
  const tries: number[] = [];
  const watch = createLinkWatch({ time, laterByMs, tryAgain: () => tries.push(time.now() - startedAt) });
  return {
    watch,
    /** When, since the start. */
    tries,
    at(ms: number, happens: () => void = () => {}) {
      time.runUntil(startedAt + ms);
      happens();
    },
    hear(fromMs: number, untilMs: number) {
      for (let ms = fromMs; ms <= untilMs; ms += 200) {
        time.runUntil(startedAt + ms);
        watch.heard(ms);
      }
    },
    hearNothing(fromMs: number, untilMs: number) {
      for (let ms = fromMs; ms <= untilMs; ms += 200) {
        time.runUntil(startedAt + ms);
        watch.heard(fromMs - 200);
      }
    },
  };
};

describe('the watch over a link', () => {
  test('[CL7] while the other side answers, a new exchange begins every three seconds', () => {
    const { watch, tries, at } = createScene();
    watch.began();
    for (let ms = 100; ms < 13_000; ms += 3_000) at(ms, () => watch.progressed());
    expect(tries).toEqual([3_100, 6_100, 9_100, 12_100]);
    watch.note('connected');
    at(100_000);
    expect(tries).toHaveLength(4);
  });

  test('[CL7] while nothing comes back, exchanges grow rare, and often again once something does', () => {
    const { watch, tries, at } = createScene();
    watch.began();
    at(50_000);
    expect(tries).toEqual([3_000, 9_000, 21_000, 33_000, 45_000]);
    at(50_000, () => watch.progressed());
    at(60_500);
    expect(tries.slice(5)).toEqual([57_000, 60_000]);
  });

  test('[CL7] an exchange whose steps come slowly is not cut short by another', () => {
    const { watch, tries, at } = createScene();
    watch.began();
    at(2_000, () => watch.progressed());
    at(4_500, () => watch.progressed());
    at(6_000, () => watch.note('connecting'));
    at(8_000);
    expect(tries).toEqual([7_500]);
  });

  test('[CL7] the browser calling a link failed in the middle of an exchange neither hastens nor delays the next', () => {
    const { watch, tries, at } = createScene();
    watch.note('connected');
    at(1_000, () => watch.note('disconnected'));
    at(3_000, () => watch.note('failed'));
    at(6_500);
    expect(tries).toEqual([2_500, 5_500]);
  });

  test('[CL7] a short loss heals by itself, a failed link is tried at once', () => {
    const { watch, tries, at } = createScene();
    watch.note('connected');
    at(1_000, () => watch.note('disconnected'));
    at(2_400, () => watch.note('connected'));
    at(9_000, () => watch.note('disconnected'));
    at(9_100, () => watch.note('failed'));
    at(9_101);
    expect(tries).toEqual([9_100]);
  });

  test('[CL11] a voice that stops is tried for once, and again after it has come back', () => {
    const { watch, tries, at, hear, hearNothing } = createScene();
    watch.note('connected');
    hear(0, 10_000);
    hearNothing(10_200, 30_000);
    expect(tries).toEqual([11_600]);
    hear(30_000, 31_000);
    hearNothing(31_200, 34_000);
    at(60_000);
    expect(tries).toEqual([11_600, 32_600]);
  });

  test('[CL11] a voice that never came, or that comes again in time, is no reason', () => {
    const { watch, tries, at, hear, hearNothing } = createScene(1_000);
    watch.note('connected');
    for (let ms = 0; ms < 5_000; ms += 200) at(ms, () => watch.heard(undefined));
    hear(5_000, 6_000);
    hearNothing(6_200, 8_200);
    hear(8_400, 20_000);
    expect(tries).toEqual([]);
  });

  test('[CL13] a link that stays down is hopeless, until it stands', () => {
    const { watch, at } = createScene();
    watch.began();
    at(8_999);
    expect(watch.hopeless).toBe(false);
    at(9_000);
    expect(watch.hopeless).toBe(true);
    watch.note('connected');
    expect(watch.hopeless).toBe(false);
    at(60_000, () => watch.note('failed'));
    expect(watch.hopeless).toBe(false);
    at(69_000);
    expect(watch.hopeless).toBe(true);
  });

  test('nothing is tried after it was stopped', () => {
    const { watch, tries, at } = createScene();
    watch.began();
    watch.stop();
    watch.note('failed');
    at(60_000);
    expect(tries).toEqual([]);
  });
});
