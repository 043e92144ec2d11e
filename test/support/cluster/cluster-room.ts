// People in rooms of a cluster, many from one process: each is the real client without media behind a door of its own, and is
// written down as seen from outside. Also the journals of these rooms, read as a researcher reads them.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ApiRefusal,
  createResearcherApi,
  createRoomClient,
  joinRoom,
  type ResearcherApi,
  type RoomClient,
} from '../../../src/client/index.ts';
import type { JoinAnswer } from '../../../src/protocol/join-answers.ts';
import type { RoomCommit } from '../../../src/protocol/room-events.ts';
import type { VisibleRoomEvent } from '../../../src/protocol/room-view.ts';
import type { Door, WireRecord } from './front.ts';
import type { TestCluster } from './spawn-cluster.ts';

const RETRY_MS = 100;

/** As front ends do it: again until it is answered for good. A cut connection or a dying node is no answer. */
export const persistently = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ApiRefusal) || !error.retryable) throw error;
      await delay(RETRY_MS);
    }
  }
};

export const researcherOf = ({ url, researcherKey }: TestCluster): ResearcherApi =>
  createResearcherApi({ serverUrl: url, key: researcherKey });

/** The whole journal of a room, oldest first. */
export const journalOf = async (api: ResearcherApi, roomId: string): Promise<RoomCommit[]> => {
  const commits: RoomCommit[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = cursor === undefined ? {} : { cursor };
    const answer = await persistently(() => api.events(roomId, query));
    commits.push(...answer.commits);
    cursor = answer.nextCursor;
    if (cursor === undefined) return commits;
  }
};

export interface Attendee {
  readonly nickname: string;
  readonly door: Door;
  readonly seat: JoinAnswer;
  readonly client: RoomClient;
  /** Instants at which the start was shown. */
  readonly starts: number[];
  /** Page turns in the order in which they came in. */
  readonly turns: { readonly page: number; readonly turnsAt: number }[];
}

/** All nodes, in an order that chance gives: what a door of the front goes by. */
export const nodeOrder = (count: number, random: () => number): number[] =>
  Array.from({ length: count }, (_, node) => ({ node, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ node }) => node);

export interface AttendeeOptions {
  readonly door: Door;
  readonly code: string;
  readonly nickname: string;
  /** The same key is the same person: a second tab. */
  readonly joinKey?: string;
  readonly onEvent?: (event: VisibleRoomEvent) => void;
}

/** Joins and connects; resolves when the seat is given, or to the code of the refusal. */
export const attend = async (options: AttendeeOptions): Promise<Attendee | { readonly refused: string }> => {
  const { door, code, nickname, joinKey = randomUUID() } = options;
  let seat: JoinAnswer;
  try {
    seat = await persistently(() => joinRoom({ serverUrl: door.url, code, nickname, joinKey }));
  } catch (error) {
    if (error instanceof ApiRefusal) return { refused: error.code };
    throw error;
  }
  const client = createRoomClient({ serverUrl: door.url, token: seat.token, media: false });
  const starts: number[] = [];
  const turns: Attendee['turns'] = [];
  client.on('start', ({ startsAt }) => starts.push(startsAt));
  client.on('event', ({ event }) => {
    options.onEvent?.(event);
    if (event.type === 'page_turned') turns.push({ page: event.page, turnsAt: event.turnsAt });
  });
  client.connect();
  return { nickname, door, seat, client, starts, turns };
};

/** Whoever must get a seat. */
export const attendee = async (options: AttendeeOptions): Promise<Attendee> => {
  const result = await attend(options);
  if ('refused' in result) throw new Error(`${options.nickname} was refused: ${result.refused}`);
  return result;
};

/** Three people whose first connections go to different nodes as chance has it; the first is the host. */
export const seatThree = async (
  { front, nodes }: TestCluster,
  code: string,
  random: () => number,
): Promise<[Attendee, Attendee, Attendee]> => {
  const sit = async (nickname: string): Promise<Attendee> =>
    attendee({ door: await front.open(nodeOrder(nodes.length, random)), code, nickname });
  return [await sit('a'), await sit('b'), await sit('c')];
};

/** What is wrong with what went over a WebSocket: snapshots first, then every version once and in order. */
export const wireProblemsOf = ({ versions, node }: WireRecord): string[] =>
  versions.flatMap(({ name, version }, index) => {
    const before = versions[index - 1];
    const where = `message ${index} from node ${node}: ${name} ${version} after ${before?.version}`;
    if (before === undefined) return name === 'room:snapshot' ? [] : [where];
    return name === 'room:event' && version === before.version + 1 ? [] : [where];
  });
