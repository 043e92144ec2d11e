// Three nodes are restarted one after another, as an upgrade does it, under live debates with page turns, choices and uploads.
// FAULTS=long takes a hundred rooms. What a restart costs is printed in the end.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { summaryOf } from '../../processes/percentiles.ts';
import { createRandom } from '../../processes/seeded-random.ts';
import { type Debater, isOnline, type LiveDebate, openLiveDebates } from '../support/cluster/live-debates.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { openLiveUploads } from './support/live-uploads.ts';

const LONG = process.env.FAULTS === 'long';
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const ROOMS = LONG ? 100 : 20;
/** Between what one person does and the next that the same person does. */
const PAUSE_MS = LONG ? 2_000 : 1_000;
const ENDS_WITHIN_MS = 10_000;
/** How long it takes is measured; this is only when nobody waits any more. */
const BACK_WITHIN_MS = 30_000;
const GO_ON_BY = 2;
const TIMEOUT = { timeout: LONG ? 900_000 : 300_000 };

const told = (what: string, samples: readonly number[]): string => {
  const { count, p50, p95, max } = summaryOf(samples);
  return `${what}: ${count}, p50 ${Math.round(p50)} ms, p95 ${Math.round(p95)} ms, worst ${Math.round(max)} ms`;
};

/** How long each command took that waited for its person to be back, and each that did not. */
const waitsOf = ({ people, turns, choices }: LiveDebate) => {
  const waits = { cut: [] as number[], undisturbed: [] as number[] };
  const add = ({ absences }: Debater, deeds: readonly { readonly sentAt: number; readonly answeredAt: number }[]) => {
    for (const { sentAt, answeredAt } of deeds) {
      const isCut = absences.some(({ from, until }) => sentAt < until && answeredAt > from);
      waits[isCut ? 'cut' : 'undisturbed'].push(answeredAt - sentAt);
    }
  };
  for (const person of people) {
    const { id, isHost } = person.seat.participant;
    add(person, isHost ? turns : choices.filter(({ participantId }) => participantId === id));
  }
  return waits;
};

describeWithRedis(`a rolling restart under ${ROOMS} debates (seed ${SEED})`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await spawnCluster();
  });
  afterAll(() => cluster?.close());

  it('[NO9] [ST13] nothing that was acknowledged is lost, and everybody is back', TIMEOUT, async () => {
    const random = createRandom(SEED);
    const live = await openLiveDebates(cluster, { rooms: ROOMS, random, pauseMs: PAUSE_MS });
    const uploads = openLiveUploads(cluster, live.people, { random, pauseMs: PAUSE_MS });
    const seats = live.people.map(({ client }) => client.state.room?.self);
    try {
      await live.goOn(GO_ON_BY);
      for (const [index, node] of cluster.nodes.entries()) {
        const here = live.people.filter(({ door }) => door.node() === index).length;
        const begun = performance.now();
        const exit = await Promise.race([
          node.kill('SIGTERM').then(() => node.process.exited),
          delay(ENDS_WITHIN_MS, 'still there', { ref: false }),
        ]);
        const ended = performance.now();
        expect(exit, node.output()).toEqual({ code: 0, signal: null });
        await node.start();
        const ready = performance.now();
        await eventually('everybody is back', () => live.people.every(isOnline), BACK_WITHIN_MS);
        await live.goOn(GO_ON_BY);
        expect(here).toBeGreaterThan(0);
        console.log(
          `node ${index} with ${here} people ended in ${Math.round(ended - begun)} ms, ready ${Math.round(ready - ended)} ms later`,
        );
      }
      const wrong = [...(await uploads.finish()), ...(await live.finish())];
      expect(wrong).toEqual([]);
      expect(live.people.map(({ client }) => client.state.room?.self)).toEqual(seats);

      const absences = live.people.flatMap((person) => person.absences.map(({ from, until }) => until - from));
      const waits = live.debates.map(waitsOf);
      console.log(
        [
          told('connections lost, until the next snapshot', absences),
          told(
            'commands that waited for it',
            waits.flatMap(({ cut }) => cut),
          ),
          told(
            'other commands',
            waits.flatMap(({ undisturbed }) => undisturbed),
          ),
          `${uploads.chunks} chunks, ${uploads.unanswered} uploads cut and repeated`,
        ].join('\n'),
      );
      expect(absences.length).toBeGreaterThan(live.people.length / 2);
    } catch (error) {
      const away = live.people.filter((person) => !isOnline(person));
      const states = away.map(({ client, door }) => `${client.state.connection} at node ${door.node()}`);
      console.log(`FAULT_SEED=${SEED}, ${away.length} of ${live.people.length} away: ${states.join(', ')}`);
      console.log(cluster.output());
      throw error;
    } finally {
      await live.close();
    }
  });
});
