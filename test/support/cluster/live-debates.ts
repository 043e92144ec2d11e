// Debates that go on while something happens to the nodes: hosts turn pages, guests choose, each by the real client behind a
// door of the front, and everything that is acknowledged or shown is written down, so that it can be held against the journal.
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../../processes/eventually.ts';
import type { CommandResult, ResearcherApi } from '../../../src/client/index.ts';
import type { RoomCommit } from '../../../src/protocol/room-events.ts';
import { type Attendee, attendee, journalOf, nodeOrder, researcherOf, wireProblemsOf } from './cluster-room.ts';
import { presenceOf } from './presence-fold.ts';
import type { TestCluster } from './spawn-cluster.ts';

const SEATS = 3;
/** The most that a study may have. */
const PAGES = 200;
const ALL_RUN_WITHIN_MS = 60_000;

/** Instants are monotonic, ms. */
export interface Debater extends Attendee {
  /** From the loss of a connection to the next snapshot. */
  readonly absences: readonly { readonly from: number; readonly until: number }[];
  /** Pages at the instants at which they were shown. */
  readonly shown: readonly { readonly page: number; readonly at: number }[];
  /** When the start was shown. */
  readonly startShownAt: readonly number[];
  /** Versions and pages that went back at this client. */
  readonly backwards: readonly string[];
}

interface Deed {
  readonly sentAt: number;
  readonly answeredAt: number;
}
type Turned = Deed & { readonly page: number; readonly turnsAt: number };
type Chosen = Deed & { readonly participantId: string; readonly value: string };

export interface LiveDebate {
  readonly id: string;
  readonly people: readonly Debater[];
  /** Acknowledged. */
  readonly turns: readonly Turned[];
  readonly choices: readonly Chosen[];
  /** Codes of what was refused for good. */
  readonly refusals: readonly string[];
}

export const isOnline = ({ client }: Attendee): boolean => client.state.connection === 'online';

const watchDebater = (person: Attendee): Debater => {
  const { client } = person;
  const absences: { from: number; until: number }[] = [];
  const backwards: string[] = [];
  const shown: { page: number; at: number }[] = [];
  const startShownAt: number[] = [];
  let lostAt: number | undefined;
  let version = 0;
  let page = 0;
  client.on('change', ({ connection, committedPage }) => {
    if (connection === 'reconnecting') lostAt ??= performance.now();
    if (connection === 'online' && lostAt !== undefined) {
      absences.push({ from: lostAt, until: performance.now() });
      lostAt = undefined;
    }
    if (committedPage < page) backwards.push(`page ${committedPage} after ${page}`);
    page = committedPage;
  });
  client.on('event', (event) => {
    // One version may bring several events.
    if (event.version < version) backwards.push(`version ${event.version} after ${version}`);
    version = event.version;
  });
  client.on('page', ({ page: turnedTo }) => shown.push({ page: turnedTo, at: performance.now() }));
  client.on('start', () => startShownAt.push(performance.now()));
  return { ...person, absences, shown, startShownAt, backwards };
};

/** What came by one WebSocket never lies behind what came by the one before. */
const doorProblemsOf = ({ door }: Attendee): string[] =>
  door.wires.flatMap((wire, index) => {
    const before = door.wires[index - 1]?.versions.at(-1)?.version ?? 0;
    const first = wire.versions[0]?.version ?? before;
    return [...wireProblemsOf(wire), ...(first < before ? [`a snapshot of ${first} after version ${before}`] : [])];
  });

/** Everything that must hold of a debate, whatever happened to the nodes meanwhile. */
export const problemsOf = (debate: LiveDebate, journal: readonly RoomCommit[]): string[] => {
  const events = journal.flatMap((commit) => commit.events);
  const turned = events.flatMap((event) => (event.type === 'page_turned' ? [`${event.page} at ${event.turnsAt}`] : []));
  const acknowledged = debate.turns.map(({ page, turnsAt }) => `${page} at ${turnsAt}`);
  const stored = events.flatMap((event) =>
    event.type === 'choice_submitted' ? [`${event.participantId} ${String(event.value)}`] : [],
  );
  const chosen = debate.choices.map(({ participantId, value }) => `${participantId} ${value}`);
  const starts = events.filter(({ type }) => type === 'debate_started').length;
  return [
    ...presenceOf(journal).problems,
    ...(starts === 1 ? [] : [`the debate started ${starts} times`]),
    // A host who waits for each answer and repeats what got none: exactly these turns, in this order.
    ...(turned.join() === acknowledged.join() ? [] : [`pages turned: ${turned}; acknowledged: ${acknowledged}`]),
    ...chosen.filter((choice) => !stored.includes(choice)).map((choice) => `lost: ${choice}`),
    ...stored.filter((choice, index) => stored.indexOf(choice) !== index).map((choice) => `twice: ${choice}`),
    ...debate.refusals.map((code) => `refused: ${code}`),
    ...debate.people.flatMap((person) => [...doorProblemsOf(person), ...person.backwards]),
  ].map((problem) => `${debate.id}: ${problem}`);
};

export interface LiveDebatesOptions {
  readonly rooms: number;
  readonly random: () => number;
  /** From an answer to the next command of the same person. */
  readonly pauseMs: number;
  /** Nodes to which a person's connections go, in turn; by chance when left out. */
  readonly orderOf?: (room: number, seat: number) => readonly number[];
  readonly settings?: Readonly<Record<string, number>>;
}

export interface LiveDebates {
  readonly api: ResearcherApi;
  readonly debates: readonly LiveDebate[];
  readonly people: readonly Debater[];
  /** Resolves when every debate has had so many more turns and choices. */
  goOn(more?: number): Promise<void>;
  /** Resolves when nothing is under way any more, with what is wrong. */
  finish(): Promise<string[]>;
  close(): Promise<void>;
}

/** Resolves when all debates run; their people are busy from then until `finish`. */
export const openLiveDebates = async (cluster: TestCluster, options: LiveDebatesOptions): Promise<LiveDebates> => {
  const { random, pauseMs } = options;
  const orderOf = options.orderOf ?? (() => nodeOrder(cluster.nodes.length, random));
  const api = researcherOf(cluster);
  const study = await api.createStudy({
    title: 'Live',
    pages: Array.from({ length: PAGES }, (_, index) => ({
      title: `Page ${index}`,
      questions: index === 0 ? [{ id: 'q', prompt: 'What do you say?', kind: 'text' as const }] : [],
    })),
    settings: { countdownMs: 500, ...options.settings },
  });
  const { rooms } = await api.createRooms(study.id, { count: options.rooms });
  let stopping = false;
  const busy: Promise<void>[] = [];

  const openDebate = async ({ id, code }: (typeof rooms)[number], room: number) => {
    const people: Debater[] = [];
    for (let seat = 0; seat < SEATS; seat += 1) {
      const door = await cluster.front.open(orderOf(room, seat));
      people.push(watchDebater(await attendee({ door, code, nickname: `${room}-${seat}` })));
    }
    const debate = { id, people, turns: [] as Turned[], choices: [] as Chosen[], refusals: [] as string[] };

    const repeat = async <Fields>(
      ask: () => Promise<CommandResult<Fields>>,
      done: (fields: Fields, deed: Deed) => void,
    ): Promise<void> => {
      await delay(random() * pauseMs);
      while (!stopping) {
        const sentAt = performance.now();
        const result = await ask();
        if (result.ok) done(result, { sentAt, answeredAt: performance.now() });
        else debate.refusals.push(result.error.code);
        await delay(pauseMs);
      }
    };
    const turnPages = ({ client }: Attendee): Promise<void> =>
      repeat(
        () => client.turnPage(debate.turns.length + 1),
        ({ page, turnsAt }, deed) => debate.turns.push({ ...deed, page, turnsAt }),
      );
    const choose = ({ client, seat }: Attendee): Promise<void> => {
      let count = 0;
      let value = '';
      return repeat(
        () => {
          count += 1;
          value = `choice ${count}`;
          return client.submitChoice('q', value);
        },
        (_, deed) => debate.choices.push({ ...deed, participantId: seat.participant.id, value }),
      );
    };
    return {
      debate,
      begin: () => people.map((person) => (person.seat.participant.isHost ? turnPages(person) : choose(person))),
    };
  };

  const opened = await Promise.all(rooms.map(openDebate));
  const debates: LiveDebate[] = opened.map(({ debate }) => debate);
  const people = debates.flatMap((debate) => debate.people);
  const isRunning = ({ client }: Attendee): boolean => client.state.room?.phase === 'running';
  await eventually('all debates run', () => people.every(isRunning), ALL_RUN_WITHIN_MS);
  for (const { begin } of opened) busy.push(...begin());

  return {
    api,
    debates,
    people,
    async goOn(more = 1) {
      const before = debates.map(({ turns, choices }) => ({ turns: turns.length, choices: choices.length }));
      const hasGoneOn = ({ turns, choices }: LiveDebate, index: number): boolean =>
        turns.length >= (before[index]?.turns ?? 0) + more && choices.length >= (before[index]?.choices ?? 0) + more;
      await eventually(`every debate goes on by ${more}`, () => debates.every(hasGoneOn), 60_000);
    },
    async finish() {
      stopping = true;
      await Promise.all(busy);
      const journals = await Promise.all(debates.map(({ id }) => journalOf(api, id)));
      const shown = ({ people: all, turns }: LiveDebate): boolean =>
        all.every((person) => isOnline(person) && person.client.state.shownPage === (turns.at(-1)?.page ?? 0));
      await eventually('everybody shows the last page', () => debates.every(shown));
      return debates.flatMap((debate, index) => problemsOf(debate, journals[index] ?? []));
    },
    async close() {
      stopping = true;
      await Promise.all(people.map(({ client }) => client.close()));
      await Promise.all(busy);
    },
  };
};
