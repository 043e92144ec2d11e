// One seed: three clients and one server or two, over links that lose, double, delay and break, a storm and then quiet.
import { deepStrictEqual } from 'node:assert/strict';
import { createRandom } from '../../processes/seeded-random.ts';
import { type StudyContent, studyContentSchema } from '../../src/protocol/study.ts';
import type { RoomDefinition } from '../../src/room/state.ts';
import { createVirtualTime } from '../support/room/virtual-time.ts';
import { createFuzzServers, type FuzzServers } from './fuzz-servers.ts';
import { operationsOf, PARTICIPANTS, STORM_MS } from './operations.ts';
import { createSimulatedClient, type LinkFaults, type SimulatedClient } from './simulated-client.ts';

const QUIET_MS = 60_000;

const content: StudyContent = studyContentSchema.parse({
  title: 'Fuzz',
  pages: [0, 1, 2, 3, 4].map((index) => ({
    title: `Page ${index}`,
    questions: [{ id: `q${index}`, kind: 'single', prompt: '?', options: ['yes', 'no'] }],
  })),
  settings: { countdownMs: 1_000, graceMs: 8_000 },
});

const definition: RoomDefinition = {
  roomId: 'room',
  code: 'CODE',
  studyId: 'study',
  studyVersion: 1,
  content,
  createdAt: 0,
  expiresAt: 1e9,
};

/** What has happened over many seeds. */
export const createCounts = () => ({
  ...{ lost: 0, doubled: 0, late: 0, drops: 0, gapsHealed: 0, repeats: 0, lostAnnouncements: 0 },
  ...{ kills: 0, killedCommits: 0, unknownOutcomes: 0, lostPublications: 0 },
  ...{ commits: 0, acked: 0, refused: 0, pageTurns: 0, started: 0 },
});
export type Total = ReturnType<typeof createCounts>;

const checkCommands = (servers: FuzzServers, clients: readonly SimulatedClient[], total: Total) => {
  const committed = new Map<string, number>();
  for (const { command } of servers.commits()) {
    if (!command) continue;
    const key = `${command.participantId} ${command.commandId}`;
    committed.set(key, (committed.get(key) ?? 0) + 1);
  }
  const wrong: string[] = [];
  for (const client of clients) {
    for (const { name, commandId, result } of client.sent) {
      const times = committed.get(`${client.participantId} ${commandId}`) ?? 0;
      if (result === undefined) wrong.push(`${name} ${commandId} was never answered`);
      else if (result.ok && times !== 1)
        wrong.push(`${name} ${commandId} was acknowledged and is ${times} times in the journal`);
      // Removed in between: the answer to a command that did happen could not reach its sender any more.
      else if (!result.ok && times !== 0 && !client.refused)
        wrong.push(`${name} ${commandId} was refused and is in the journal`);
      if (result?.ok) total.acked += 1;
      else total.refused += 1;
    }
  }
  return wrong;
};

/** One storm and the quiet after it; when all is quiet, everybody must see what the journal says. */
export const runSeed = async (seed: number, count: 1 | 2, total: Total) => {
  const random = createRandom(seed);
  const time = createVirtualTime();
  const link: LinkFaults = {
    ...{ loss: random() * 0.05, double: random() * 0.1, eventLoss: random() * 0.2 },
    maxDelayMs: 5 + random() * 150,
  };
  const trouble = { journal: 0, bus: 0 };
  const servers = createFuzzServers({ definition, time, random, faults: total, count, trouble });
  await servers.startAll();
  const joins = PARTICIPANTS.map((participantId) => servers.join(participantId));
  await time.settleUntil(1_200);
  await Promise.all(joins);
  Object.assign(trouble, { journal: random() * 0.04, bus: random() * 0.2 });
  const clients = PARTICIPANTS.map((participantId) =>
    createSimulatedClient({ participantId, servers, time, random, link, counts: total }),
  );
  // Some come so late that their seat was given up meanwhile: before the start, that is another rule than after it.
  for (const client of clients) time.after(random() < 0.15 ? 8_500 + random() * 4_000 : 0, client.connect);

  const operations = operationsOf(random);
  for (const { at, run } of operations) {
    await time.settleUntil(1_200 + at);
    run(clients, servers);
  }
  await time.settleUntil(1_200 + STORM_MS);
  await servers.startAll();
  Object.assign(link, { loss: 0, double: 0, eventLoss: 0, maxDelayMs: 20 });
  Object.assign(trouble, { journal: 0, bus: 0 });
  await time.settleUntil(1_200 + STORM_MS + QUIET_MS);
  const states = servers.states();
  await time.settleUntil(time.now() + 100);

  const problems = [
    ...servers.problems,
    ...clients.flatMap((client) => client.problems),
    ...checkCommands(servers, clients, total),
  ];
  const head = servers.head();
  const compare = (who: string, seen: unknown, shouldSee: unknown): void => {
    try {
      deepStrictEqual(seen, shouldSee);
    } catch (error) {
      problems.push(`${who}: ${error instanceof Error ? error.message : error}`);
    }
  };
  for (const client of clients.filter(({ refused }) => !refused)) {
    const { replica } = client.session;
    if (replica.version !== head.version)
      problems.push(`${client.participantId} is at ${replica.version}, the journal at ${head.version}`);
    compare(
      `${client.participantId} sees another room`,
      replica.view,
      servers.viewAt(head.version, client.participantId),
    );
  }
  for (const state of await states) compare('a server has another room', state, head);
  servers.commits().forEach((commit, index) => {
    if (commit.version !== index + 1) problems.push(`journal row ${index} has version ${commit.version}`);
    const turns = commit.events.filter((event) => event.type === 'page_turned').length;
    if (turns > 1) problems.push(`commit ${commit.version} turns ${turns} pages`);
    total.pageTurns += turns;
  });
  total.commits += servers.commits().length;
  total.started += head.startedAt === undefined ? 0 : 1;
  return { problems, operations: operations.map(({ at, text }) => `${Math.round(at)} ${text}`) };
};
