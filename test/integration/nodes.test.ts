// Who is in a room, and by which connection: one answer on all nodes. Plain sockets at three nodes of one cluster.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { summaryOf } from '../../bench/percentiles.ts';
import { joinRoom, type ResearcherApi } from '../../src/client/index.ts';
import type { CreatedRoom, JoinAnswer } from '../../src/protocol/rest.ts';
import { journalOf, researcherOf } from '../support/cluster-room.ts';
import { eventually } from '../support/eventually.ts';
import { connectToNode, type NodeSocket, openNodeSocket } from '../support/node-socket.ts';
import { presenceOf } from '../support/presence-fold.ts';
import { describeWithRedis } from '../support/redis-server.ts';
import { createRandom } from '../support/seeded-random.ts';
import { spawnCluster, type TestCluster } from '../support/spawn-cluster.ts';

const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const NODES = 3;
const MOVES = 30;
const REPLACED_WITHIN_MS = 200;
/** Where the news itself was lost, healing comes within a second. */
const CUT_WITHIN_MS = 3_000;
const STORMS = 4;
const TABS = 12;
/** From the first tab of a storm to the last; none: all at one instant. */
const STORM_MS = [0, 40, 200, 600];
const ROOMS_TO_FILL = 6;
const SEATS = 8;

const random = createRandom(SEED);
const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;

describeWithRedis(`people on ${NODES} nodes (seed ${SEED})`, () => {
  let cluster: TestCluster;
  let api: ResearcherApi;
  const sockets = new Set<NodeSocket>();
  beforeAll(async () => {
    cluster = await spawnCluster({ nodes: NODES });
    api = researcherOf(cluster);
  });
  afterAll(async () => {
    for (const { socket } of sockets) socket.disconnect();
    await cluster?.close();
  });

  const nodes = Array.from({ length: NODES }, (_, node) => node);
  const urlOf = (node: number): string => cluster.nodes[node]?.url ?? '';
  const anyBut = (...taken: number[]): number => oneOf(nodes.filter((node) => !taken.includes(node)));

  const newRooms = async (roomSize: number, count = 1): Promise<readonly CreatedRoom[]> => {
    const study = await api.createStudy({
      title: 'Nodes',
      pages: [{ title: 'One', questions: [{ id: 'q', prompt: 'Why?', kind: 'text' }] }, { title: 'Two' }],
      settings: { countdownMs: 500, roomSize },
    });
    return (await api.createRooms(study.id, { count })).rooms;
  };
  const newRoom = async (roomSize: number): Promise<CreatedRoom> => {
    const [room] = await newRooms(roomSize);
    if (!room) throw new Error('no room was made');
    return room;
  };
  const join = (node: number, { code }: CreatedRoom, nickname: string): Promise<JoinAnswer> =>
    joinRoom({ serverUrl: urlOf(node), code, nickname });
  const open = (node: number, { token }: JoinAnswer, comesAgain = false): NodeSocket => {
    const opened = openNodeSocket({ url: urlOf(node), token, comesAgain });
    sockets.add(opened);
    return opened;
  };
  const connect = async (node: number, { token }: JoinAnswer): Promise<NodeSocket> => {
    const connected = await connectToNode({ url: urlOf(node), token });
    sockets.add(connected);
    return connected;
  };
  /** One on each of the first nodes, the host first, in a debate that runs. */
  const runningRoom = async (people: number) => {
    const room = await newRoom(people);
    const seats: JoinAnswer[] = [];
    for (const node of nodes.slice(0, people)) seats.push(await join(node, room, `person ${node}`));
    const connected = await Promise.all(seats.map((seat, node) => connect(node, seat)));
    await Promise.all(connected.map((each) => each.untilEvent('debate_started')));
    return { room, seats, connected };
  };

  it('[NO4] [CH5] the newest connection wins, on whichever node it is, within 200 ms', async () => {
    const room = await newRoom(3);
    const seat = await join(0, room, 'moving');
    const took: number[] = [];
    let at = 0;
    let older = await connect(at, seat);
    for (let move = 0; move < MOVES; move += 1) {
      at = move % 5 === 4 ? at : anyBut(at);
      const newer = await connect(at, seat);
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

  it(`[NO4] [RM8] of ${TABS} tabs that open on three nodes at once one stays, the newest, and it works`, async () => {
    for (let storm = 0; storm < STORMS; storm += 1) {
      const { room, seats, connected } = await runningRoom(2);
      const seat = seats[1] as JoinAnswer;
      const [host] = connected as [NodeSocket];
      const withinMs = STORM_MS[storm] ?? 0;
      const tabs = await Promise.all(
        Array.from(
          { length: TABS },
          () =>
            new Promise<NodeSocket>((resolve) => {
              const node = oneOf(nodes);
              setTimeout(() => resolve(open(node, seat, true)), random() * withinMs);
            }),
        ),
      );
      const own = async () =>
        (await journalOf(api, room.id)).flatMap(({ version, events }) =>
          events.flatMap((event) =>
            'participantId' in event && event.participantId === seat.participant.id ? [{ version, event }] : [],
          ),
        );
      const newest = async () => (await own()).findLast(({ event }) => event.type === 'participant_connected');
      const live = await eventually(`storm ${storm}: one tab is left, and it is the newest`, async () => {
        if (tabs.some(({ connectedAt }) => connectedAt === undefined)) return false;
        const left = tabs.filter(({ socket }) => socket.connected);
        // What it was welcomed with is the commit of its own connection.
        const version = left[0]?.snapshot()?.version;
        return left.length === 1 && version !== undefined && version === (await newest())?.version && left[0];
      });
      const chosen = await live.ask('choice:submit', { questionId: 'q', value: `storm ${storm}` });
      expect(chosen).toMatchObject({ ok: true, revision: 1 });
      expect((await host.ask('page:turn', { to: 'next' })).ok).toBe(true);
      await live.untilEvent('page_turned');
      for (const tab of tabs) expect(tab.refusedWith).toBeUndefined();

      const { problems } = presenceOf(await journalOf(api, room.id));
      expect(problems).toEqual([]);
      const since = live.snapshot()?.version ?? 0;
      const after = (await own()).filter(({ version }) => version > since).map(({ event }) => event.type);
      expect(after).toEqual(['choice_submitted']);
      expect(live.socket.connected).toBe(true);
      const replaced = tabs.filter(({ received }) => received.some(({ name }) => name === 'connection:replaced'));
      expect(replaced.length).toBeGreaterThan(TABS / 2);
    }
  });

  it('[NO5] who joins on one node connects to another at once, and a third shows it', async () => {
    const rooms = await newRooms(SEATS, ROOMS_TO_FILL);
    const fill = async (room: CreatedRoom): Promise<void> => {
      // Every node has had the room in its hands, so that it has something older to show.
      await Promise.all(cluster.nodes.map(({ url }) => researcherOf({ ...cluster, url }).room(room.id)));
      for (let index = 0; index < SEATS; index += 1) {
        const [joined, connected] = [oneOf(nodes), oneOf(nodes)];
        const seat = await join(joined, room, `person ${index}`);
        expect(seat.participant.seat).toBe(index);
        const shown = await researcherOf({ ...cluster, url: urlOf(anyBut(joined)) }).room(room.id);
        expect(shown.participants.map(({ id }) => id)).toContain(seat.participant.id);
        const socket = await connect(connected, seat);
        expect(socket.snapshot()?.room.participants.map(({ id }) => id)).toContain(seat.participant.id);
        const after = await researcherOf({ ...cluster, url: urlOf(anyBut(connected)) }).room(room.id);
        expect(after.participants.find(({ id }) => id === seat.participant.id)?.presence).toBe('connected');
      }
      await expect(join(oneOf(nodes), room, 'one too many')).rejects.toMatchObject({ code: 'room_full' });
    };
    await Promise.all(rooms.map(fill));
  });

  it('[NO6] [RM22] who is removed by a host on one node is cut on another, and refused on a third', async () => {
    const { seats, connected } = await runningRoom(3);
    const [host, guest, third] = connected as [NodeSocket, NodeSocket, NodeSocket];
    const seat = seats[1] as JoinAnswer;
    const asked = performance.now();
    expect(await host.ask('participant:remove', { participantId: seat.participant.id })).toMatchObject({ ok: true });
    const { reason, at } = await guest.closed;
    expect(reason).toBe('io server disconnect');
    console.log(`cut on another node after ${(at - asked).toFixed(1)} ms`);
    expect(at - asked).toBeLessThan(CUT_WITHIN_MS);
    await third.untilEvent('participant_removed');
    for (const node of nodes) {
      const again = open(node, seat);
      await eventually('the removed one is refused', () => again.refusedWith !== undefined);
      expect(again.refusedWith).toBe('removed');
    }
  });

  it('[NO6] [JN9] a room that is ended and then erased on one node ends and is gone on the others', async () => {
    const { room, seats, connected } = await runningRoom(3);
    await researcherOf({ ...cluster, url: urlOf(2) }).endRoom(room.id);
    await Promise.all(connected.map((each) => each.untilEvent('debate_ended')));
    const asked = performance.now();
    await researcherOf({ ...cluster, url: urlOf(0) }).eraseRoom(room.id);
    const closings = await Promise.all(connected.map(({ closed }) => closed));
    const last = Math.max(...closings.map(({ at }) => at)) - asked;
    console.log(`the last connection to an erased room was cut after ${last.toFixed(0)} ms`);
    expect(closings.map(({ reason }) => reason)).toEqual(connected.map(() => 'io server disconnect'));
    expect(last).toBeLessThan(CUT_WITHIN_MS);
    for (const node of nodes) {
      const again = open(node, seats[node] as JoinAnswer);
      await eventually('nobody comes into an erased room', () => again.refusedWith !== undefined);
      expect(again.refusedWith).toBe('room_not_found');
    }
  });

  it('[NO6] [CH8] a voice status that is said on one node is heard on the others', async () => {
    const { seats, connected } = await runningRoom(3);
    const [speaker, ...listeners] = connected as [NodeSocket, NodeSocket, NodeSocket];
    expect(await speaker.ask('voice:status', { micOn: true, speaking: true })).toEqual({ ok: true });
    const { id: participantId, nickname } = (seats[0] as JoinAnswer).participant;
    for (const listener of listeners) {
      expect((await listener.until('voice:status')).body).toEqual({
        participantId,
        nickname,
        micOn: true,
        speaking: true,
      });
    }
  });
});
