// What becomes of the people of a node that dies and whom nobody brings back by another way: the others notice, the grace
// period runs from then, who comes in time has the seat, who does not has left. Single nodes die, then two at once.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import type { ResearcherApi } from '../../src/client/index.ts';
import type { RoomEvent } from '../../src/protocol/room-events.ts';
import type { CreatedRoom } from '../../src/protocol/study-answers.ts';
import { journalOf, researcherOf } from '../support/cluster/cluster-room.ts';
import { createNodePeople, type NodePeople } from '../support/cluster/node-people.ts';
import { presenceOf } from '../support/cluster/presence-fold.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

const DECLARED_WITHIN_MS = 10_000;
const GRACE_MS = 3_000;
/** A room that nobody has in hand is woken by the scan, once a second. */
const GRACE_ENDS_WITHIN_MS = 2_500;
/** Rooms of which nobody is at another node. */
const ROOMS_WITH_NOBODY_ELSE = 10;
const RUNS = [
  { dying: [0], staying: [1, 2] },
  { dying: [1], staying: [2, 0] },
  { dying: [2, 0], staying: [1, 1] },
] as const;

type Dated = RoomEvent & { readonly at: number; readonly version: number };

describeWithRedis('people of a node that dies', () => {
  let cluster: TestCluster;
  let api: ResearcherApi;
  let people: NodePeople;
  beforeAll(async () => {
    cluster = await spawnCluster();
    api = researcherOf(cluster);
    people = createNodePeople(cluster);
  });
  afterAll(async () => {
    people?.leaveAll();
    await cluster?.close();
  });

  const eventsOf = async ({ id }: CreatedRoom): Promise<Dated[]> =>
    (await journalOf(api, id)).flatMap(({ at, version, events }) => events.map((event) => ({ ...event, at, version })));

  it.each(RUNS)(
    '[NO1] [RM12] [RM9] [RM10] [RM18] nodes $dying die: within 10 s their people are lost, then come back or leave',
    async ({ dying, staying: [home, elsewhere] }) => {
      const [first] = dying;
      const [room, ...others] = await people.newRooms({ graceMs: GRACE_MS }, 1 + ROOMS_WITH_NOBODY_ELSE);
      if (!room) throw new Error('no room was made');
      const [host, third, guest] = await people.debate(room, [first, home, dying.at(-1) ?? first]);
      if (!host || !third || !guest) throw new Error('three are seated');
      await Promise.all(others.map((other) => people.debate(other, [first, first, first])));

      const killedAt = Date.now();
      await Promise.all(dying.map((node) => cluster.nodes[node]?.kill()));
      try {
        await third.socket.until('room:event', ({ events }: { events: readonly RoomEvent[] }) =>
          events.some(
            (event) => event.type === 'participant_disconnected' && event.participantId === guest.seat.participant.id,
          ),
        );
        const back = await people.connect(elsewhere, guest.seat);
        const self = back.snapshot()?.room;
        expect(self?.participants.find(({ id }) => id === self.self)).toMatchObject({
          id: guest.seat.participant.id,
          seat: guest.seat.participant.seat,
        });
        await third.socket.untilEvent('participant_left');
        await third.socket.untilEvent('host_changed');
        expect((await third.socket.ask('page:turn', { to: 'next' })).ok).toBe(true);
        await back.untilEvent('page_turned');

        const events = await eventsOf(room);
        const lost = events.filter((event) => event.type === 'participant_disconnected');
        expect(lost.map(({ participantId }) => participantId).sort()).toEqual(
          [host, guest].map(({ seat }) => seat.participant.id).sort(),
        );
        for (const { at, graceUntil } of lost) expect(graceUntil).toBe(at + GRACE_MS);
        const left = events.filter((event) => event.type === 'participant_left');
        expect(left.map(({ participantId }) => participantId)).toEqual([host.seat.participant.id]);
        expect(events.find((event) => event.type === 'host_changed')?.hostId).toBe(third.seat.participant.id);

        const declaredAt = lost.map(({ at }) => at);
        const lateness: number[] = left.map(({ at }) => at - (lost[0]?.graceUntil ?? Number.NaN));
        for (const other of others) {
          const theirs = await eventually('everybody has left a room that died with its node', async () => {
            const known = await eventsOf(other);
            return known.some(({ type }) => type === 'debate_ended') && known;
          });
          expect(presenceOf(await journalOf(api, other.id)).problems).toEqual([]);
          const gone = theirs.filter((event) => event.type === 'participant_disconnected');
          expect(gone).toHaveLength(3);
          declaredAt.push(...gone.map(({ at }) => at));
          const [graceUntil = Number.NaN] = gone.map((event) => event.graceUntil);
          lateness.push(...theirs.flatMap(({ type, at }) => (type === 'participant_left' ? [at - graceUntil] : [])));
          expect(theirs.find((event) => event.type === 'debate_ended')?.reason).toBe('everyone_left');
        }
        const took = declaredAt.map((at) => at - killedAt);
        console.log(
          `nodes ${dying}: lost ${Math.min(...took)} to ${Math.max(...took)} ms after the kill, ` +
            `left up to ${Math.max(...lateness)} ms after the grace period`,
        );
        expect(Math.max(...took)).toBeLessThan(DECLARED_WITHIN_MS);
        expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...lateness)).toBeLessThan(GRACE_ENDS_WITHIN_MS);
      } catch (error) {
        console.log(cluster.output());
        throw error;
      }

      await Promise.all(dying.map((node) => cluster.nodes[node]?.start()));
      const returned = await people.connect(first, host.seat);
      const { room: seen } = returned.snapshot() ?? {};
      expect(seen?.participants.find(({ id }) => id === seen.self)).toMatchObject({ seat: 0, isHost: false });
    },
  );
});
