// What became of everything that people did in one room while something happened to Redis: read from what was written down and
// from the journal. Instants are monotonic, ms.
import type { RoomCommit } from '../../../src/protocol/room-events.ts';
import { arrivalOf, type Deed, eventsOf, type Witness, type WitnessedRoom } from './witnessed-room.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Cell {
  /** Of the deeds within the span, from sending to the answer. */
  readonly ackMs: readonly number[];
  readonly refused: readonly string[];
  /** Of the acknowledged ones, from the ack until the last of the others had it; infinite: somebody never had it. */
  readonly reachMs: readonly number[];
  /** The last of these arrivals. */
  readonly reachedAt: number;
  /** Acknowledged deeds of any time that the journal does not hold exactly once. */
  readonly misapplied: readonly string[];
  /** Connections that were not sent every version once and in order, from their snapshot on. */
  readonly disordered: readonly string[];
  /** Connections that the nodes closed, and people who were said to have left. */
  readonly lost: readonly string[];
  /** Within the span, from the welcome of a newer connection until the older one was told; infinite: it never was. */
  readonly replacedMs: readonly number[];
  /** Different instants that were told for the start, the journal's included. */
  readonly starts: readonly number[];
  /** After that instant, until the last connection knew that the debate had started. */
  readonly startKnownMs: number | undefined;
}

const versionsWith = (journal: readonly RoomCommit[], isMade: NonNullable<Deed['isMade']>): number[] =>
  journal.flatMap(({ version, events }) => events.filter(isMade).map(() => version));

const disorderOf = ({ id, session }: Witness): string[] =>
  session.versions().flatMap((version, index, all) => {
    const before = all[index - 1];
    return before === undefined || version === before + 1 ? [] : [`${id}: ${version} after ${before}`];
  });

const startsToldTo = (witness: Witness): number[] => {
  const told = eventsOf(witness).flatMap(({ event }) => (event.type === 'debate_started' ? [event.startedAt] : []));
  const { startedAt } = witness.session.snapshot()?.room ?? {};
  return startedAt === undefined ? told : [...told, startedAt];
};

/** When the last of those who were there at the ack had this version. */
const arrivalEverywhere = ({ witnesses }: WitnessedRoom, { answeredAt }: Deed, version: number): number =>
  Math.max(
    answeredAt,
    ...witnesses.flatMap((witness) => {
      const welcomedAt = arrivalOf(witness, 0) ?? Number.POSITIVE_INFINITY;
      if (welcomedAt > answeredAt) return [];
      // The newer connection of whoever was replaced meanwhile has it from its snapshot.
      return arrivalOf(witness, version) ?? (witness.replacedAt === undefined ? Number.POSITIVE_INFINITY : []);
    }),
  );

const replacedAfter = ({ replacedAt, session }: Witness, { from, to }: Span): number[] => {
  if (replacedAt === undefined || replacedAt < from || replacedAt > to) return [];
  const told = session.received.find(({ name }) => name === 'connection:replaced');
  return [told ? Math.max(0, told.at - replacedAt) : Number.POSITIVE_INFINITY];
};

const startOf = (room: WitnessedRoom, journal: readonly RoomCommit[]): Pick<Cell, 'starts' | 'startKnownMs'> => {
  const started = journal
    .flatMap(({ events }) => events)
    .flatMap((event) => (event.type === 'debate_started' ? [event.startedAt] : []));
  const known = room.witnesses.flatMap(
    (witness) => eventsOf(witness).find(({ event }) => event.type === 'debate_started')?.at ?? [],
  );
  const [startedAt] = started;
  // Nodes, Redis and this process read one machine's clock.
  const epochOfZero = Date.now() - performance.now();
  return {
    starts: [...new Set([...started, ...room.witnesses.flatMap(startsToldTo)])],
    startKnownMs: startedAt === undefined ? undefined : Math.max(...known) + epochOfZero - startedAt,
  };
};

export const cellOf = (room: WitnessedRoom, journal: readonly RoomCommit[], span: Span): Cell => {
  const { from, to } = span;
  const inSpan = ({ sentAt, answeredAt }: Deed): boolean => sentAt >= from && answeredAt <= to;
  const deeds = room.deeds.filter(inSpan);
  const made = room.deeds.flatMap((deed) =>
    deed.isMade ? [{ deed, versions: versionsWith(journal, deed.isMade) }] : [],
  );
  const reached = made
    .filter(({ deed }) => inSpan(deed))
    .flatMap(({ deed, versions: [version] }) =>
      version === undefined ? [] : [{ deed, at: arrivalEverywhere(room, deed, version) }],
    );
  return {
    ackMs: deeds.map(({ sentAt, answeredAt }) => answeredAt - sentAt),
    refused: deeds.flatMap(({ what, refused }) => (refused === undefined ? [] : [`${what}: ${refused}`])),
    reachMs: reached.map(({ deed, at }) => at - deed.answeredAt),
    reachedAt: Math.max(from, ...reached.map(({ at }) => at)),
    misapplied: made.flatMap(({ deed, versions }) =>
      versions.length === 1 ? [] : [`${deed.what} of ${deed.by} stands ${versions.length} times in the journal`],
    ),
    disordered: room.witnesses.flatMap(disorderOf),
    lost: room.witnesses.flatMap(({ lost, signaling }) => [
      ...lost,
      ...signaling.lost,
      ...signaling.left.map((id) => `peer:left ${id}`),
    ]),
    replacedMs: room.witnesses.flatMap((witness) => replacedAfter(witness, span)),
    ...startOf(room, journal),
  };
};
