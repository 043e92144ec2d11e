// Who is in a room, and by which connection: one answer on all nodes. Plain sockets at three nodes of one cluster.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { summaryOf } from '../../processes/percentiles.ts';
import { createRandom } from '../../processes/seeded-random.ts';
import type { ResearcherApi } from '../../src/client/index.ts';
import type { CreatedRoom } from '../../src/protocol/study-answers.ts';
import { journalOf, researcherOf } from '../support/cluster/cluster-room.ts';
import { createNodePeople, type NodePeople, type NodePerson } from '../support/cluster/node-people.ts';
import type { NodeSocket } from '../support/cluster/node-socket.ts';
import { presenceOf } from '../support/cluster/presence-fold.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const NODES = 3;
const MOVES = 30;
const REPLACED_WITHIN_MS = 200;
/** Where the news itself was lost, healing comes within a second. */
const CUT_WITHIN_MS = 3_000;
const TABS = 12;
/** From the first tab of a storm to the last; none: all at one instant. */
const STORMS_MS = [0, 40, 200, 600];
const ROOMS_TO_FILL = 6;
const SEATS = 8;

const random = createRandom(SEED);
const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;

describeWithRedis(`people on ${NODES} nodes (seed ${SEED})`, () => {
  let cluster: TestCluster;
  let api: ResearcherApi;
  let people: NodePeople;
  beforeAll(async () => {
    cluster = await spawnCluster({ nodes: NODES });
    api = researcherOf(cluster);
    people = createNodePeople(cluster);
  });
  afterAll(async () => {
    people?.leaveAll();
    await cluster?.close();
  });

  const nodes = Array.from({ length: NODES }, (_, node) => node);
  const anyBut = (taken: number): number => oneOf(nodes.filter((node) => node !== taken));

  /** One at each node, the host at the first. */
  const openDebate = async () => {
    const room = await people.newRoom({ roomSize: NODES });
    return { room, all: (await people.debate(room, nodes)) as [NodePerson, NodePerson, NodePerson] };
  };
  const refusalAt = async (node: number, { seat }: NodePerson): Promise<string> => {
    const again = people.open(node, seat);
    return eventually('the connection is refused', () => again.refusedWith);
  };

  it('[NO4] [CH5] the newest connection wins, on whichever node it is, within 200 ms', async () => {
    const room = await people.newRoom();
    const seat = await people.join(0, room, 'moving');
    const took: number[] = [];
    let at = 0;
    let older = await people.connect(at, seat);
    for (let move = 0; move < MOVES; move += 1) {
      at = move % 5 === 4 ? at : anyBut(at);
      const newer = await people.connect(at, seat);
      const replaced = await older.until('connection:replaced');
      expect((await older.closed).reason).toBe('io server disconnect');
      took.push(replaced.at - (newer.connectedAt ?? Number.NaN));
      expect((await newer.ask('clock:ping')).ok).toBe(true);
      older = newer;
    }
    const { p50, p95, max } = summaryOf(took);
    console.log(`replaced after ${p50.toFixed(1)} ms (median), ${max.toFixed(1)} ms (worst of ${MOVES})`);
    expect(p95).toBeLessThan(REPLACED_WITHIN_MS);
    const journal = await journalOf(api, room.id);
    expect(presenceOf(journal).problems).toEqual([]);
    const types = journal.flatMap(({ events }) => events.map(({ type }) => type));
    expect(types.filter((type) => type === 'participant_connected')).toHaveLength(MOVES + 1);
    expect(types).not.toContain('participant_disconnected');
  });

  it.each(STORMS_MS)(
    `[NO4] [RM8] of ${TABS} tabs that open on three nodes within %i ms one stays, the newest, and it works`,
    async (withinMs) => {
      const { room, all } = await openDebate();
      const [host, { seat }] = all;
      const openTab = async (node: number, afterMs: number): Promise<NodeSocket> => {
        await delay(afterMs);
        return people.open(node, seat, { comesAgain: true });
      };
      const tabs = await Promise.all(
        Array.from({ length: TABS }, () => openTab(oneOf(nodes), Math.floor(random() * withinMs))),
      );
      const own = async () =>
        (await journalOf(api, room.id)).flatMap(({ version, events }) =>
          events.flatMap((event) =>
            'participantId' in event && event.participantId === seat.participant.id ? [{ version, ...event }] : [],
          ),
        );
      const live = await eventually('one tab is left, and it is the newest', async () => {
        if (tabs.some(({ connectedAt }) => connectedAt === undefined)) return false;
        const left = tabs.filter(({ socket }) => socket.connected);
        // What it was welcomed with is the commit of its own connection.
        const version = left[0]?.snapshot()?.version;
        const newest = (await own()).findLast(({ type }) => type === 'participant_connected')?.version;
        return left.length === 1 && version !== undefined && version === newest && left[0];
      });
      const replaced = tabs.filter(({ received }) => received.some(({ name }) => name === 'connection:replaced'));
      expect(replaced.length).toBeGreaterThan(TABS / 2);
      expect(tabs.map(({ refusedWith }) => refusedWith)).toEqual(tabs.map(() => undefined));

      expect((await live.ask('choice:submit', { questionId: 'q', value: 'mine' })).ok).toBe(true);
      expect((await host.socket.ask('page:turn', { to: 'next' })).ok).toBe(true);
      await live.untilEvent('page_turned');
      const since = live.snapshot()?.version ?? 0;
      const after = (await own()).filter(({ version }) => version > since).map(({ type }) => type);
      expect(after).toEqual(['choice_submitted']);
      expect(presenceOf(await journalOf(api, room.id)).problems).toEqual([]);
    },
  );

  it('[NO5] who joins on one node connects to another at once, and a third shows it', async () => {
    const fill = async (room: CreatedRoom): Promise<void> => {
      // Every node has had the room in its hands, so that each has something older to show.
      await Promise.all(nodes.map((node) => people.askAt(node).room(room.id)));
      for (let index = 0; index < SEATS; index += 1) {
        const [joined, connected] = [oneOf(nodes), oneOf(nodes)];
        const seat = await people.join(joined, room, `person ${index}`);
        expect(seat.participant.seat).toBe(index);
        const { id } = seat.participant;
        const shown = await people.askAt(anyBut(joined)).room(room.id);
        expect(shown.participants.map((each) => each.id)).toContain(id);
        const { snapshot } = await people.connect(connected, seat);
        expect(snapshot()?.room.participants.find((each) => each.id === id)?.connected).toBe(true);
        const after = await people.askAt(anyBut(connected)).room(room.id);
        expect(after.participants.find((each) => each.id === id)?.presence).toBe('connected');
      }
      await expect(people.join(oneOf(nodes), room, 'one too many')).rejects.toMatchObject({ code: 'room_full' });
    };
    await Promise.all((await people.newRooms({ roomSize: SEATS }, ROOMS_TO_FILL)).map(fill));
  });

  it('[NO6] [RM22] who is removed by a host on one node is cut on another, and refused on a third', async () => {
    const [host, guest, third] = (await openDebate()).all;
    const asked = performance.now();
    const { id: participantId } = guest.seat.participant;
    expect((await host.socket.ask('participant:remove', { participantId })).ok).toBe(true);
    const { reason, at } = await guest.socket.closed;
    console.log(`cut on another node after ${(at - asked).toFixed(1)} ms`);
    expect(reason).toBe('io server disconnect');
    expect(at - asked).toBeLessThan(CUT_WITHIN_MS);
    await third.socket.untilEvent('participant_removed');
    for (const node of nodes) expect(await refusalAt(node, guest)).toBe('removed');
  });

  it('[NO6] [JN9] a room that is ended and then erased on one node ends and is gone on the others', async () => {
    const { room, all } = await openDebate();
    await people.askAt(2).endRoom(room.id);
    await Promise.all(all.map(({ socket }) => socket.untilEvent('debate_ended')));
    const asked = performance.now();
    await people.askAt(0).eraseRoom(room.id);
    const closings = await Promise.all(all.map(({ socket }) => socket.closed));
    const last = Math.max(...closings.map(({ at }) => at)) - asked;
    console.log(`the last connection to an erased room was cut after ${last.toFixed(0)} ms`);
    expect(closings.map(({ reason }) => reason)).toEqual(all.map(() => 'io server disconnect'));
    expect(last).toBeLessThan(CUT_WITHIN_MS);
    for (const node of nodes) expect(await refusalAt(node, all[0])).toBe('room_not_found');
  });

  it('[NO6] [CH8] a voice status that is said on one node is heard on the others', async () => {
    const { all } = await openDebate();
    const [speaker, ...listeners] = all;
    expect(await speaker.socket.ask('voice:status', { micOn: true, speaking: true })).toEqual({ ok: true });
    const { id: participantId, nickname } = speaker.seat.participant;
    for (const { socket } of listeners) {
      const { body } = await socket.until('voice:status');
      expect(body).toEqual({ participantId, nickname, micOn: true, speaking: true });
    }
    // Who comes later sees it too.
    const [, , third] = all;
    const { snapshot } = await people.connect(1, third.seat);
    const seen = snapshot()?.room.participants.find(({ id }) => id === participantId);
    expect(seen).toMatchObject({ micOn: true, speaking: true });
  });
});
