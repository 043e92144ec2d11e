// The database comes back older under a debate on two nodes: both forget what is gone, and their people find each other again.
import type pg from 'pg';
import { pino } from 'pino';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createRoomClient } from '../../src/client/index.ts';
import { createPool } from '../../src/infra/postgres/pool.ts';
import type { JoinAnswer } from '../../src/protocol/join-answers.ts';
import { createNodePeople, type NodePeople } from '../support/cluster/node-people.ts';
import type { Answer } from '../support/cluster/node-socket.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

/** From the return of the database on. */
const BACK_WITHIN_MS = 10_000;

interface Known {
  readonly participantId: string;
  readonly epoch: number;
}

/** One page in signaling, which comes again by itself as the page that it is. */
const openPage = (url: string, { token }: JoinAnswer, instance: string) => {
  const socket = io(`${url}/signaling`, {
    transports: ['websocket'],
    auth: { token, instance },
    forceNew: true,
    reconnectionDelay: 50,
    reconnectionDelayMax: 200,
  });
  /** Epochs of the others, in the order in which they were told. */
  const epochs: Known[] = [];
  const heard: { readonly from: string; readonly epoch: number }[] = [];
  let replaced = false;
  socket.on('peers', ({ peers }: { peers: Known[] }) => epochs.push(...peers));
  socket.on('peer:joined', (peer: Known) => epochs.push(peer));
  socket.on('signal', (signal: (typeof heard)[number]) => heard.push(signal));
  socket.on('connection:replaced', () => {
    replaced = true;
  });
  const epochsOf = (participantId: string) =>
    epochs.filter((known) => known.participantId === participantId).map(({ epoch }) => epoch);
  return {
    socket,
    heard,
    epochsOf,
    isReplaced: () => replaced,
    async reaches(to: JoinAnswer): Promise<boolean> {
      const body = {
        to: to.participant.id,
        epoch: epochsOf(to.participant.id).at(-1) ?? 0,
        candidate: { candidate: 'c' },
      };
      const answer: Answer = await socket
        .timeout(1_000)
        .emitWithAck('signal', body)
        .catch(() => ({ ok: false }));
      return answer.ok;
    },
  };
};
type SignalingPage = ReturnType<typeof openPage>;

describeWithRedis('a database that comes back older under two nodes', () => {
  let cluster: TestCluster;
  let people: NodePeople;
  let database: pg.Pool;
  beforeAll(async () => {
    cluster = await spawnCluster({ nodes: 2, databaseProxies: true });
    people = createNodePeople(cluster);
    database = createPool(cluster.databaseUrl, { max: 2, log: pino({ level: 'silent' }) });
  });
  afterAll(async () => {
    people?.leaveAll();
    await database?.end();
    await cluster?.close();
  });

  const versionOf = async (roomId: string): Promise<number> => {
    const { rows } = await database.query<{ version: number }>('SELECT version FROM rooms WHERE id = $1', [roomId]);
    return rows[0]?.version ?? 0;
  };

  /** As a replica that had not got what came last; whoever was connected to the former database is cut. */
  const takeBack = async (roomId: string, version: number, instances: readonly string[]): Promise<void> => {
    await database.query('DELETE FROM commits WHERE room_id = $1 AND version > $2', [roomId, version]);
    await database.query('UPDATE rooms SET version = $2, page = 0 WHERE id = $1', [roomId, version]);
    await database.query('DELETE FROM signaling_instances WHERE room_id = $1 AND instance = ANY($2)', [
      roomId,
      instances,
    ]);
    for (const { databaseProxy } of cluster.nodes) databaseProxy?.cut();
  };

  const bothReach = (a: readonly [SignalingPage, JoinAnswer], b: readonly [SignalingPage, JoinAnswer]) => {
    const [heardByA, heardByB] = [a[0].heard.length, b[0].heard.length];
    return eventually(
      'signals go both ways',
      async () => {
        const [toB, toA] = await Promise.all([a[0].reaches(b[1]), b[0].reaches(a[1])]);
        return toB && toA && a[0].heard.length > heardByA && b[0].heard.length > heardByB;
      },
      BACK_WITHIN_MS,
    );
  };

  it('[ST24] [SG11] everybody ends on what the journal has, and voices are found again by pages that are who they were', async () => {
    const room = await people.newRoom({ graceMs: 600_000 });
    const seats = [
      await people.join(0, room, 'host'),
      await people.join(1, room, 'guest'),
      await people.join(1, room, 'plain'),
    ] as const;
    const [hostSeat, guestSeat, plainSeat] = seats;
    const clientOf = (node: number, { token }: JoinAnswer) =>
      createRoomClient({ serverUrl: people.urlOf(node), token, media: false });
    const [host, guest] = [clientOf(0, hostSeat), clientOf(1, guestSeat)];
    for (const client of [host, guest]) client.connect();
    const plain = people.open(1, plainSeat, { comesAgain: true });
    await plain.untilEvent('debate_started');
    await eventually('the debate runs', () => [host, guest].every(({ state }) => state.room?.phase === 'running'));
    const hostPage = openPage(people.urlOf(0), hostSeat, 'host 1');
    const firstPage = openPage(people.urlOf(1), guestSeat, 'guest 1');
    await bothReach([hostPage, hostSeat], [firstPage, guestSeat]);

    const restored = await versionOf(room.id);
    // All this will be gone: the guest reloads twice, is muted, and pages are turned.
    firstPage.socket.disconnect();
    const secondPage = openPage(people.urlOf(1), guestSeat, 'guest 2');
    await bothReach([hostPage, hostSeat], [secondPage, guestSeat]);
    secondPage.socket.disconnect();
    const guestPage = openPage(people.urlOf(1), guestSeat, 'guest 3');
    await bothReach([hostPage, hostSeat], [guestPage, guestSeat]);
    expect(hostPage.epochsOf(guestSeat.participant.id)).toEqual([1, 2, 3]);
    expect((await host.mute(guestSeat.participant.id)).ok).toBe(true);
    for (const page of [1, 2, 3, 4, 5]) expect((await host.turnPage(page)).ok).toBe(true);
    await eventually(
      'all have seen it',
      () => guest.state.room?.page === 5 && plain.versions().at(-1) === restored + 6,
    );
    await takeBack(room.id, restored, ['guest 2', 'guest 3']);

    const isMuted = (client: typeof host) =>
      client.state.room?.participants.find(({ id }) => id === guestSeat.participant.id)?.muted;
    await eventually(
      'all are where the journal is',
      () =>
        [host, guest].every(
          (client) => client.state.connection === 'online' && client.state.room?.page === 0 && !isMuted(client),
        ) && plain.snapshot()?.room.page === 0,
      BACK_WITHIN_MS,
    );
    await bothReach([hostPage, hostSeat], [guestPage, guestSeat]);
    expect([hostPage.isReplaced(), guestPage.isReplaced()]).toEqual([false, false]);
    // For the others it is the same page, with which the voice goes on.
    const told = hostPage.epochsOf(guestSeat.participant.id);
    expect(told).toEqual([1, 2, ...told.slice(2).map(() => 3)]);

    // From here on the debate goes on as ever: turns, microphones, another reload, at the other node.
    expect((await host.turnPage(2)).ok).toBe(true);
    expect(await plain.ask('voice:status', { micOn: true, speaking: true })).toMatchObject({ ok: true });
    const last = await versionOf(room.id);
    await eventually(
      'the turn is with all, and the microphone',
      () =>
        guest.state.room?.page === 2 &&
        plain.versions().at(-1) === last &&
        host.state.room?.participants.find(({ id }) => id === plainSeat.participant.id)?.micOn === true,
      BACK_WITHIN_MS,
    );
    const reloaded = openPage(people.urlOf(0), guestSeat, 'guest 4');
    await eventually('the older page is closed', () => guestPage.isReplaced(), BACK_WITHIN_MS);
    await bothReach([hostPage, hostSeat], [reloaded, guestSeat]);
    for (const node of [0, 1]) expect(await people.askAt(node).room(room.id)).toMatchObject({ version: last, page: 2 });
    const { rows } = await database.query<{ version: number; turned: boolean }>(
      `SELECT version, events @> '[{"type":"page_turned"}]' AS turned FROM commits WHERE room_id = $1 ORDER BY version`,
      [room.id],
    );
    expect(rows.map(({ version }) => version)).toEqual(rows.map((_, index) => index + 1));
    expect(rows.filter(({ turned }) => turned)).toHaveLength(1);
    for (const { socket } of [hostPage, guestPage, reloaded]) socket.disconnect();
    await Promise.all([host, guest].map((client) => client.close()));
  }, 60_000);
});
