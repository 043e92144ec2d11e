// Too many signals: who sends them is refused, and nobody else notices, neither on the same node nor between nodes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { type RedisServer, startRedisServer } from '../../processes/redis-server.ts';
import {
  newSignalingRoom,
  type Page,
  type Seat,
  type SignalingNode,
  type SignalingNodes,
  startSignalingNodes,
} from '../support/cluster/signaling-nodes.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

const MIB = 1024 * 1024;
const LARGE = { candidate: undefined, description: { type: 'offer', sdp: 'x'.repeat(63 * 1024) } };
const FLOODERS = 8;
const AT_ONCE = 4;

let redis: RedisServer;
let all: SignalingNodes;
let one: SignalingNode;
let other: SignalingNode;

const takeSeats = async (count: number): Promise<Seat[]> => {
  const roomId = await newSignalingRoom(one, { roomSize: count });
  const seats: Seat[] = [];
  for (let index = 0; index < count; index += 1) seats.push(await one.join(roomId, `p${index}`));
  return seats;
};

const countOf = (answers: readonly string[], code: string): number => answers.filter((one) => one === code).length;

describeWithRedis('too many signals', () => {
  beforeAll(async () => {
    redis = await startRedisServer();
    all = await startSignalingNodes(redis.url, 2);
    [one, other] = all.nodes as [SignalingNode, SignalingNode];
  });
  afterAll(async () => {
    await all.close();
    await redis.stop();
  });

  const exhaust = (page: Page, to: Seat, count: number) =>
    Promise.all(Array.from({ length: count }, () => page.signal(to)));

  it('[SG14] are counted per participant: connecting anew buys nothing', async () => {
    const [x, y] = (await takeSeats(2)) as [Seat, Seat];
    const b = await other.enter(y);
    const first = await exhaust(await one.enter(x), y, 300);
    expect(first.length - countOf(first, 'rate_limited')).toBeGreaterThanOrEqual(200);
    expect(countOf(first, 'rate_limited')).toBeGreaterThan(0);
    const second = await exhaust(await one.enter(x), y, 300);
    const reloaded = await exhaust(await one.enter(x, 'page-2'), y, 300);
    // No burst of 200 for each, only what the time between has brought.
    expect(countOf([...second, ...reloaded], 'rate_limited')).toBeGreaterThan(300);
    expect(await b.signal(x)).toBe('ok');
  });

  describe('of one room, across nodes', () => {
    it('[SG14] do not keep the signals of another room from arriving, and memory stays bounded', async () => {
      const [x, y] = (await takeSeats(2)) as [Seat, Seat];
      const [a, b] = [await one.enter(x), await other.enter(y)];
      await eventually('they know each other', () => a.told('peer:joined').length > 0);

      const seats = await takeSeats(FLOODERS);
      const answers: string[] = [];
      let flooding = true;
      /** Sends to the next participant, who is on the other node, as fast as it is answered; comes again when closed. */
      const flood = async (index: number): Promise<void> => {
        const [seat, target] = [seats[index], seats[(index + 1) % FLOODERS]];
        while (flooding && seat && target) {
          const page = await (index % 2 === 0 ? one : other).enter(seat).catch(() => undefined);
          if (!page) continue;
          const closed = new Promise<string>((resolve) => page.socket.once('disconnect', () => resolve('no answer')));
          const sending = async (): Promise<void> => {
            while (flooding && page.socket.connected)
              answers.push(await Promise.race([closed, page.signal(target, LARGE).catch(() => 'no answer')]));
          };
          await Promise.all(Array.from({ length: AT_ONCE }, sending));
        }
      };
      const memoryBefore = process.memoryUsage().rss;
      const loops = seats.map((_, index) => flood(index));
      try {
        await eventually('the flood is refused', () => countOf(answers, 'rate_limited') > 200);
        const exchange = async (from: Page, to: Page, toSeat: Seat, index: number): Promise<void> => {
          const candidate = { candidate: `candidate:${index}` };
          // All of this runs in one process: one that is held up takes Redis for away, and the sender repeats.
          await eventually('it is taken', async () => {
            const answer = await from.signal(toSeat, { candidate });
            expect(['ok', 'unavailable']).toContain(answer);
            return answer === 'ok';
          });
          await eventually('it arrives', () => to.told('signal').length > index);
          expect(to.told('signal').at(-1)?.candidate).toEqual(candidate);
        };
        for (let index = 0; index < 40; index += 1) {
          await exchange(a, b, y, index);
          await exchange(b, a, x, index);
        }
      } finally {
        flooding = false;
        await Promise.all(loops);
      }
      expect(countOf(answers, 'ok')).toBeGreaterThan(0);
      expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(500 * MIB);
      const [, peak] = /used_memory_peak:(\d+)/.exec(String(await redis.command('INFO', 'memory'))) ?? [];
      expect(Number(peak)).toBeLessThan(200 * MIB);
      await all.allUp();
    }, 60_000);
  });
});
