// What a room's journal knew about who was there, version by version. Written apart from the room core, so that it can prove it.
import type { RoomCommit, RoomEvent } from '../../../src/protocol/room-events.ts';

interface Seat {
  readonly seat: number;
  readonly epoch: number;
  readonly connected: boolean;
}

/** One countdown and what became of it. */
export interface Countdown {
  readonly startsAt: number;
  /** Seats connected when it began. */
  readonly seats: readonly number[];
  readonly cancelled?: string;
  readonly started?: { readonly startedAt: number; readonly seats: readonly number[] };
}

export interface Presence {
  readonly countdowns: readonly Countdown[];
  /** Participants who hold a seat in the end, by id. */
  readonly seats: ReadonlyMap<string, number>;
  /** What cannot be: versions apart, epochs that jump, two people in one seat, starts without a countdown. */
  readonly problems: readonly string[];
}

export const presenceOf = (commits: readonly RoomCommit[]): Presence => {
  const people = new Map<string, Seat>();
  const countdowns: Countdown[] = [];
  const problems: string[] = [];
  let running: Countdown | undefined;

  const connectedSeats = (): number[] =>
    [...people.values()]
      .filter(({ connected }) => connected)
      .map(({ seat }) => seat)
      .sort();

  const finish = (outcome: Pick<Countdown, 'cancelled' | 'started'>, what: string): void => {
    if (running) countdowns.push({ ...running, ...outcome });
    else problems.push(`${what} without a countdown`);
    running = undefined;
  };

  const sit = (id: string, seat: number): void => {
    if ([...people.values()].some((other) => other.seat === seat)) problems.push(`two people in seat ${seat}`);
    if (people.has(id)) problems.push(`${id} sits down twice`);
    people.set(id, { seat, epoch: people.get(id)?.epoch ?? 0, connected: false });
  };

  const apply = (event: RoomEvent): void => {
    if (event.type === 'participant_joined') sit(event.participantId, event.seat);
    // After the start a seat stays its owner's.
    const givesUp = event.type === 'participant_left' && !countdowns.some(({ started }) => started);
    if (givesUp || event.type === 'participant_removed') people.delete(event.participantId);
    if (event.type === 'participant_connected' || event.type === 'participant_disconnected') {
      const known = people.get(event.participantId);
      const connected = event.type === 'participant_connected';
      if (!known) problems.push(`${event.type} of ${event.participantId}, who has no seat`);
      else if (event.epoch !== known.epoch + (connected ? 1 : 0))
        problems.push(`${event.type} with epoch ${event.epoch} after ${known.epoch}`);
      else people.set(event.participantId, { ...known, epoch: event.epoch, connected });
    }
    if (event.type === 'countdown_started') {
      if (running) problems.push('two countdowns at once');
      running = { startsAt: event.startsAt, seats: connectedSeats() };
    }
    if (event.type === 'countdown_cancelled') finish({ cancelled: event.reason }, event.type);
    if (event.type === 'debate_started')
      finish({ started: { startedAt: event.startedAt, seats: connectedSeats() } }, event.type);
  };

  for (const [index, { version, events }] of commits.entries()) {
    if (version !== index + 1) problems.push(`version ${version} at place ${index + 1}`);
    for (const event of events) apply(event);
  }
  if (running) countdowns.push(running);
  return { countdowns, problems, seats: new Map([...people].map(([id, { seat }]) => [id, seat])) };
};
