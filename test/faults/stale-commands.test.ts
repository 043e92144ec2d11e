// What a node had in hand when it stood still: commands of a connection whose owner has gone on elsewhere meanwhile.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { createRandom } from '../../processes/seeded-random.ts';
import type { ResearcherApi } from '../../src/client/index.ts';
import type { JoinAnswer } from '../../src/protocol/join-answers.ts';
import type { CreatedRoom } from '../../src/protocol/study-answers.ts';
import { journalOf, researcherOf } from '../support/cluster/cluster-room.ts';
import { createNodePeople, type NodePeople } from '../support/cluster/node-people.ts';
import type { Answer, NodeSocket } from '../support/cluster/node-socket.ts';
import { presenceOf } from '../support/cluster/presence-fold.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const PAUSES = 8;
const BURST = 20;
/** From the burst to every other pause; before the others at least one command was answered. */
const MAX_HEAD_START_MS = 15;
const LATER_PAGE = 150;
const IMPATIENT = 60;
const OPENED_OVER_MS = 200;
/** As the client does it. */
const GIVEN_UP_AFTER_MS = 6_000;

describeWithRedis(`a node that stood still with commands in hand (seed ${SEED})`, () => {
  let cluster: TestCluster;
  let api: ResearcherApi;
  let people: NodePeople;
  const random = createRandom(SEED);
  beforeAll(async () => {
    cluster = await spawnCluster();
    api = researcherOf(cluster);
    people = createNodePeople(cluster);
  });
  afterAll(async () => {
    people?.leaveAll();
    await cluster?.close();
  });

  it(`[NO7] ${PAUSES} times: what it does with them afterwards does not take the room back`, async () => {
    let unread = 0;
    let committed = 0;
    for (let pause = 0; pause < PAUSES; pause += 1) {
      const paused = pause % 3;
      const [elsewhere, third] = [(paused + 1) % 3, (paused + 2) % 3];
      const room = await people.newRoom();
      const [host] = await people.debate(room, [paused, elsewhere, third]);
      if (!host) throw new Error('there is a host');
      const answers: Answer[] = [];
      for (let page = 1; page <= BURST; page += 1) {
        // As simple clients do it: neither commandId nor expectedPage.
        host.socket.socket.emit('page:turn', { to: page }, (answer: Answer) => answers.push(answer));
      }
      if (pause % 2 === 0) await delay(random() * MAX_HEAD_START_MS);
      else await eventually('some are answered', () => answers.length > 0);
      cluster.nodes[paused]?.pause();
      let since = 0;
      try {
        const again = await people.connect(elsewhere, host.seat);
        since = again.snapshot()?.version ?? 0;
        expect(await again.ask('page:turn', { to: LATER_PAGE })).toMatchObject({ ok: true, page: LATER_PAGE });
      } finally {
        cluster.nodes[paused]?.resume();
      }
      await host.socket.closed;
      await eventually('the node shows the later page', async () => {
        const { page } = await people.askAt(paused).room(room.id);
        return page === LATER_PAGE;
      });
      const journal = await journalOf(api, room.id);
      expect(presenceOf(journal).problems).toEqual([]);
      const turns = journal.flatMap(({ version, events }) =>
        events.flatMap((event) => (event.type === 'page_turned' ? [{ version, page: event.page }] : [])),
      );
      expect(turns.filter(({ version }) => version > since).map(({ page }) => page)).toEqual([LATER_PAGE]);
      // Acknowledged is what came before, and nothing else.
      const before = turns.filter(({ version }) => version < since).map(({ page }) => page);
      const acknowledged = answers.flatMap((answer) => (answer.ok ? [Number(answer.page)] : []));
      expect(before).toEqual(expect.arrayContaining(acknowledged));
      committed += before.length;
      unread += BURST - before.length;
    }
    console.log(`of ${PAUSES * BURST} commands ${committed} were committed in time and ${unread} came too late`);
    expect(unread).toBeGreaterThan(0);
    expect(committed).toBeGreaterThan(0);
  });

  it('[NO7] [NO4] connections that it had in hand, and whose clients have given them up, replace nobody', async () => {
    const paused = Math.floor(random() * 3);
    const elsewhere = (paused + 1) % 3;
    const rooms = await people.newRooms({}, IMPATIENT);
    const seats = await Promise.all(rooms.map((room) => people.join(elsewhere, room, 'impatient')));
    const given: NodeSocket[] = [];
    const openOne = async (seat: JoinAnswer): Promise<void> => {
      await delay(random() * OPENED_OVER_MS);
      given.push(people.open(paused, seat));
    };
    const opening = Promise.all(seats.map(openOne));
    const isWelcome = ({ received }: NodeSocket): boolean => received.length > 0;
    await eventually('some are welcomed', () => given.filter(isWelcome).length >= IMPATIENT / 5);
    cluster.nodes[paused]?.pause();
    await opening;
    let live: NodeSocket[];
    try {
      // What a node does with a client that it lets wait is no business of that client: it tries elsewhere.
      await delay(GIVEN_UP_AFTER_MS);
      for (const { socket } of given) socket.disconnect();
      live = await Promise.all(seats.map((seat) => people.connect(elsewhere, seat, { comesAgain: true })));
    } finally {
      cluster.nodes[paused]?.resume();
    }
    const waiting = given.filter((each) => !isWelcome(each)).length;
    console.log(`${waiting} of ${IMPATIENT} connections were not welcomed when the node stopped`);
    expect(waiting).toBeGreaterThan(0);

    const check = async (room: CreatedRoom, index: number): Promise<string> => {
      // Whatever the node still had to do in this room comes before what it is asked now.
      const seat = await people.join(paused, room, 'later');
      const later = await people.connect(paused, seat, { comesAgain: true });
      expect((await later.ask('recording:start', { mimeType: 'audio/webm' })).ok).toBe(true);
      const id = seats[index]?.participant.id;
      const connects = (await journalOf(api, room.id)).flatMap(({ version, events }) =>
        events.flatMap((event) =>
          event.type === 'participant_connected' && event.participantId === id ? [version] : [],
        ),
      );
      const socket = live[index];
      const isNewest = connects.at(-1) === socket?.snapshot()?.version;
      return isNewest && socket?.socket.connected ? 'live' : 'replaced';
    };
    expect(await Promise.all(rooms.map(check))).toEqual(rooms.map(() => 'live'));
  });
});
