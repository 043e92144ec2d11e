// Lets something happen to Redis while five rooms of a cluster stand in the five phases of a debate, and tells what came of it.
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../../processes/eventually.ts';
import { summaryOf } from '../../../processes/percentiles.ts';
import type { RoomSnapshot } from '../../../src/protocol/room-view.ts';
import { journalOf, researcherOf } from '../../support/cluster/cluster-room.ts';
import { connectToNode } from '../../support/cluster/node-socket.ts';
import type { TestCluster } from '../../support/cluster/spawn-cluster.ts';
import { type HealthAnswer, watchNodes } from './node-watch.ts';
import type { Recording } from './phase-acts.ts';
import { type Cell, cellOf, type Span } from './phase-cell.ts';
import { type FaultWindow, openPhaseRooms, type Phase, type PhaseRoom } from './room-phases.ts';
import type { Witness, WitnessedRoom } from './witnessed-room.ts';

/** Turning and choosing go on for so long after Redis is back. */
const AFTERMATH_MS = 1_000;
const PATIENCE_MS = 20_000;

export interface FaultRun {
  /** The fault, from its first instant to its last; monotonic, ms. */
  readonly span: Span;
  /** Answers before it, Redis being sound: nineteen of twenty took no longer on this machine at this time. */
  readonly soundAckMs: number;
  readonly cells: ReadonlyMap<Phase, Cell & { readonly problems: readonly string[] }>;
  readonly recordings: readonly Recording[];
  readonly health: readonly HealthAnswer[];
  /** All from Redis's return on. */
  readonly after: {
    /** Until every node was ready, and stayed so. */
    readonly readyMs: number;
    /** Until every connection had what had been acknowledged before. */
    readonly caughtUpMs: number;
    /** Until Redis held the debate that is going on as it was at the return, and no room older than its journal. */
    readonly hotMs: number;
    /** Until a signal from everybody to everybody arrived. */
    readonly signalsMs: number;
    /** Until everybody was told of everybody's microphone what was said last. */
    readonly voicesMs: number;
    /** Until somebody who then came anew to another node was told them, too. */
    readonly newcomersMs: number;
    /** Rooms that Redis does not hold in the end. */
    readonly absent: readonly Phase[];
    /** Shown to somebody who came anew, and older than the journal was. */
    readonly wrongSnapshots: readonly string[];
  };
  close(): void;
}

export interface FaultRunOptions {
  readonly cluster: TestCluster;
  readonly inflict: () => Promise<() => Promise<void> | void>;
  readonly faultMs: number;
  readonly random: () => number;
  /** Version of the hot room in Redis. */
  readonly hotVersionOf: (roomId: string) => Promise<number | undefined>;
}

type Heads = ReadonlyMap<Phase, number>;

/** Somebody opens the page anew, by another node. */
const comeAgain = async ({ phase, room }: PhaseRoom, cluster: TestCluster, head: number): Promise<string[]> => {
  const [someone] = room.present();
  if (!someone) return [`${phase}: nobody is there`];
  const node = (someone.node + 1) % cluster.nodes.length;
  const compare = (snapshot: RoomSnapshot | undefined): string[] =>
    (snapshot?.version ?? 0) < head ? [`${phase}: version ${snapshot?.version} of ${head}`] : [];
  // Once a room is over newer connections replace nobody and make no commit.
  if (phase !== 'ending') return compare((await room.connect(someone.seat, node)).session.snapshot());
  const page = await connectToNode({ url: cluster.nodes[node]?.url ?? '', token: someone.seat.token });
  page.socket.disconnect();
  return compare(page.snapshot());
};

/** From everybody to everybody. */
const signalsArrive = async ({ phase, room }: PhaseRoom): Promise<void> => {
  let obstacles: string[] = [];
  const people = room.present();
  const attempt = async (from: Witness, to: Witness): Promise<string[]> => {
    const obstacle = await from.signaling.signal(to.signaling);
    return obstacle === undefined ? [] : [`from node ${from.node} to node ${to.node}: ${obstacle}`];
  };
  await eventually(
    `signals arrive in ${phase}`,
    async () => {
      const pairs = people.flatMap((from) => people.filter((to) => to !== from).map((to) => attempt(from, to)));
      obstacles = (await Promise.all(pairs)).flat();
      return obstacles.length === 0;
    },
    PATIENCE_MS,
  ).catch((cause: unknown) => {
    throw new Error(`signals do not arrive in ${phase}: ${obstacles.join(', ')}`, { cause });
  });
};

const versionsAre = (room: WitnessedRoom, head: number): boolean =>
  room.present().every(({ session }) => session.versions().at(-1) === head);

export const runFault = async (options: FaultRunOptions): Promise<FaultRun> => {
  const { cluster, inflict, faultMs, random, hotVersionOf } = options;
  const api = researcherOf(cluster);
  const rooms = await openPhaseRooms({ cluster, api, random });
  const close = (): void => {
    for (const { room } of rooms) room.close();
  };
  const watch = watchNodes(cluster);

  const headsNow = async (): Promise<Heads> =>
    new Map(
      await Promise.all(
        rooms.map(async ({ phase, room }) => {
          const { length } = await journalOf(api, room.id);
          return [phase, length] as const;
        }),
      ),
    );

  /** Phases of rooms that Redis does not hold; undefined while it holds one that is too old. */
  const absentIn = async (heads: Heads): Promise<Phase[] | undefined> => {
    const absent: Phase[] = [];
    for (const { phase, room } of rooms) {
      const hot = await hotVersionOf(room.id);
      if (hot === undefined) absent.push(phase);
      else if (hot < (heads.get(phase) ?? 0)) return undefined;
    }
    return absent.includes('running') ? undefined : absent;
  };

  const voicesAgree = async (): Promise<void> => {
    const misheard = (): string[] =>
      rooms.flatMap(({ phase, room }) => room.misheard().map((what) => `${phase}: ${what}`));
    await eventually('microphones are known', () => misheard().length === 0, PATIENCE_MS).catch((cause: unknown) => {
      throw new Error(`microphones are not known:\n${misheard().join('\n')}`, { cause });
    });
  };

  try {
    const end = await inflict();
    const from = performance.now();
    let to = Number.POSITIVE_INFINITY;
    const window: FaultWindow = {
      share: (share) => delay(Math.max(0, from + share * faultMs - performance.now())),
      isOver: () => performance.now() > to + AFTERMATH_MS,
    };
    const playing = Promise.all(rooms.map(({ play }) => play(window)));
    playing.catch(() => {});
    await delay(faultMs);
    await end();
    to = performance.now();
    const sinceReturn = (): number => performance.now() - to;

    const headsAtReturn = await headsNow();
    await eventually('Redis holds no old room', () => absentIn(headsAtReturn), PATIENCE_MS);
    const hotMs = sinceReturn();
    await Promise.all(rooms.map(signalsArrive));
    const signalsMs = sinceReturn();
    await playing;
    await voicesAgree();
    const voicesMs = sinceReturn();
    const wrongSnapshots = (
      await Promise.all(rooms.map((each) => comeAgain(each, cluster, headsAtReturn.get(each.phase) ?? 0)))
    ).flat();
    await voicesAgree();
    const newcomersMs = sinceReturn() - voicesMs;
    const heads = await headsNow();
    for (const { phase, room } of rooms)
      await eventually(`all in ${phase} have version ${heads.get(phase)}`, () =>
        versionsAre(room, heads.get(phase) ?? 0),
      );
    await watch.stop();

    const span = { from, to };
    const cells = new Map(
      await Promise.all(
        rooms.map(async ({ phase, room, problems }) => {
          const journal = await journalOf(api, room.id);
          return [phase, { ...cellOf(room, journal, span), problems }] as const;
        }),
      ),
    );
    const notReady = watch.answers.filter(({ path, status }) => path === '/readyz' && status !== 200);
    const before = rooms.flatMap(({ room }) => room.deeds.filter(({ answeredAt }) => answeredAt < from));
    return {
      span,
      soundAckMs: summaryOf(before.map(({ sentAt, answeredAt }) => answeredAt - sentAt)).p95,
      cells,
      recordings: rooms.flatMap(({ recordings }) => recordings),
      health: watch.answers,
      after: {
        readyMs: Math.max(0, ...notReady.map(({ answeredAt }) => answeredAt - to)),
        caughtUpMs: Math.max(0, ...[...cells.values()].map(({ reachedAt }) => reachedAt - to)),
        hotMs,
        signalsMs,
        voicesMs,
        newcomersMs,
        absent: (await absentIn(heads)) ?? [],
        wrongSnapshots,
      },
      close,
    };
  } catch (error) {
    close();
    await watch.stop();
    throw error;
  }
};
