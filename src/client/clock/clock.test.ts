import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../processes/seeded-random.ts';
import { createVirtualTime } from '../../../test/support/room/virtual-time.ts';
import { createRoomClock } from './clock.ts';

/** A server whose clock is `offset` ahead, behind a path with these one-way delays. */
const createPath = (offset: number) => {
  const time = createVirtualTime();
  const clock = createRoomClock(() => time.now(), 0);
  const ping = (thereMs: number, backMs: number, serverOffset = offset) => {
    const sentAt = time.now();
    const serverTime = sentAt + thereMs + serverOffset;
    time.runUntil(sentAt + thereMs + backMs);
    clock.addSample(sentAt, time.now(), serverTime);
  };
  const rest = (ms: number) => time.runUntil(time.now() + ms);
  return { time, clock, ping, rest };
};

describe('the room clock', () => {
  test('[CL1] finds the offset from the quickest round trips and says how sure it is', () => {
    const { clock, ping, rest } = createPath(5_000);
    const random = createRandom(1);
    for (let count = 0; count < 20; count += 1) {
      ping(10 + random() * 80, 10 + random() * 80);
      rest(40);
    }
    ping(10, 10);
    expect(Math.abs(clock.state.offsetMs - 5_000)).toBeLessThan(10);
    expect(Math.abs(clock.state.offsetMs - 5_000)).toBeLessThanOrEqual(clock.state.uncertaintyMs);
    expect(clock.state.rttMs).toBeCloseTo(20, 5);
    expect(clock.state.synced).toBe(true);
  });

  test('[CL1] half of an asymmetric path stays within the uncertainty', () => {
    const { clock, ping, rest } = createPath(0);
    for (let count = 0; count < 8; count += 1) {
      ping(5, 45);
      rest(40);
    }
    expect(Math.abs(clock.state.offsetMs)).toBeGreaterThan(15);
    expect(Math.abs(clock.state.offsetMs)).toBeLessThanOrEqual(clock.state.uncertaintyMs);
  });

  test('a seed gives a first idea, the first ping replaces it', () => {
    const { time, clock, ping } = createPath(1_000);
    clock.seed(time.now() + 990);
    expect(clock.now() - time.now()).toBeCloseTo(990, 5);
    ping(5, 5);
    clock.seed(0);
    expect(clock.state.offsetMs).toBeCloseTo(1_000, 5);
  });

  test('[CL1] a small error is slewed, never stepped', () => {
    const { clock, ping, rest } = createPath(1_000);
    for (let count = 0; count < 8; count += 1) ping(20, 20);
    rest(1_000);
    const before = clock.state.offsetMs;
    ping(1, 1, 1_020);
    expect(Math.abs(clock.state.offsetMs - before)).toBeLessThan(1);
    let former = clock.now();
    for (let step = 0; step < 50; step += 1) {
      rest(100);
      const now = clock.now();
      expect(now - former).toBeGreaterThan(98);
      expect(now - former).toBeLessThan(102);
      former = now;
    }
    expect(clock.state.offsetMs).toBeCloseTo(1_020, 0);
  });

  test('[CL1] nothing moves the clock while a countdown holds it; afterwards it catches up', () => {
    const { clock, ping, rest } = createPath(1_000);
    for (let count = 0; count < 8; count += 1) ping(20, 20);
    clock.setFrozen(true);
    const { offsetMs } = clock.state;
    for (let count = 0; count < 8; count += 1) {
      ping(1, 1, 61_000);
      rest(300);
      clock.now();
    }
    expect(clock.state.offsetMs).toBe(offsetMs);
    clock.setFrozen(false);
    expect(clock.state.offsetMs).toBeCloseTo(61_000, 0);
  });

  test('after sleep the old samples are forgotten and the clock steps', () => {
    const { clock, ping } = createPath(0);
    for (let count = 0; count < 8; count += 1) ping(2, 2);
    ping(30, 30, 600_000);
    expect(clock.state.offsetMs).toBeCloseTo(600_000, 0);
  });
});
