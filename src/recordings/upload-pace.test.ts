import { describe, expect, it } from 'vitest';
import { REMEMBERED_PARTICIPANTS, UPLOADS } from '../protocol/ceilings.ts';
import { createUploadPace } from './upload-pace.ts';

const AT_ONCE = UPLOADS.perSecond * (UPLOADS.burstMs / 1_000) + 1;

/** Time passes in pauses alone. */
const startPace = () => {
  let now = 0;
  const pace = createUploadPace({
    monotonic: () => now,
    async pause(ms) {
      now += ms;
    },
  });
  const send = async (who: string, times: number, bytes = 0, isAnnounced = true): Promise<number> => {
    const begun = now;
    for (let sent = 0; sent < times; sent += 1) {
      if (isAnnounced) await pace.wait(who, bytes);
      else {
        await pace.wait(who, 0);
        pace.took(who, bytes);
      }
    }
    return now - begun;
  };
  const rest = (ms: number) => {
    now += ms;
  };
  return { send, rest };
};

describe('[RC14] uploads of one participant', () => {
  it('do not wait while they are few, at any time', async () => {
    const { send, rest } = startPace();
    expect(await send('a', AT_ONCE)).toBe(0);
    rest(UPLOADS.burstMs);
    expect(await send('a', UPLOADS.perSecond)).toBe(0);
  });

  it('that come faster are taken so many a second, and nobody else waits', async () => {
    const { send } = startPace();
    await send('a', AT_ONCE);
    expect(await send('a', 10 * UPLOADS.perSecond)).toBeCloseTo(10_000, 3);
    expect(await send('b', 1)).toBe(0);
  });

  it.each([
    ['announced', true],
    ['unannounced', false],
  ])('that are large are taken so many bytes a second: %s', async (_, isAnnounced) => {
    const { send } = startPace();
    await send('a', 1, UPLOADS.bytesPerSecond, isAnnounced);
    const perSecond = 4;
    const each = 1_000 / perSecond + 1_000 / UPLOADS.perSecond;
    const sentMs = await send('a', 1 + 10 * perSecond, UPLOADS.bytesPerSecond / perSecond, isAnnounced);
    expect(sentMs).toBeCloseTo(10 * perSecond * each + 1_000 / UPLOADS.perSecond, 3);
  });

  it('that are large wait for each other, also when they come at once', async () => {
    const pauses: number[] = [];
    const pace = createUploadPace({ monotonic: () => 0, pause: async (ms) => pauses.push(ms) });
    await Promise.all(Array.from({ length: 4 }, () => pace.wait('a', UPLOADS.bytesPerSecond)));
    const each = 1_000 + 1_000 / UPLOADS.perSecond;
    expect(pauses).toEqual([1, 2, 3].map((before) => before * each - UPLOADS.burstMs));
  });

  it('are forgotten when very many others have sent since', async () => {
    const { send } = startPace();
    await send('a', AT_ONCE);
    for (let other = 0; other < REMEMBERED_PARTICIPANTS; other += 1) await send(`other ${other}`, 1);
    expect(await send('a', AT_ONCE)).toBe(0);
  });
});
