// What the journal of a finished debate says, reduced to what transcript and report need.
import type { RoomCommit } from '../protocol/room-events.ts';
import { type Choice, choicesOf } from './choices.ts';

export interface Debater {
  readonly id: string;
  readonly seat: number;
  readonly nickname: string;
}

export interface DebateFacts {
  /** Absent when the debate never started or is still going on. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Who had a seat when the debate started or later, by seat. */
  readonly debaters: readonly Debater[];
  /** By id: their tokens upload nothing any more. */
  readonly removed: ReadonlySet<string>;
  /** In order of `turnsAt`; page 0 is shown before the first. */
  readonly pageTurns: readonly { readonly page: number; readonly turnsAt: number }[];
  /** Every revision, oldest first. */
  readonly choices: readonly Choice[];
}

export interface DebateFactsBuilder {
  /** The next commits of the journal, oldest first. */
  take(commits: readonly RoomCommit[]): void;
  facts(): DebateFacts;
}

/** Takes the journal piece by piece: nobody needs to hold it whole. */
export const createDebateFacts = (): DebateFactsBuilder => {
  let startedAt: number | undefined;
  let endedAt: number | undefined;
  const debaters = new Map<string, Debater>();
  const removed = new Set<string>();
  const pageTurns: { page: number; turnsAt: number }[] = [];
  const choices: Choice[] = [];
  return {
    take(commits) {
      choices.push(...choicesOf(commits));
      for (const commit of commits) {
        for (const event of commit.events) {
          switch (event.type) {
            case 'participant_joined':
              debaters.set(event.participantId, {
                id: event.participantId,
                seat: event.seat,
                nickname: event.nickname,
              });
              break;
            case 'participant_left':
            case 'participant_removed':
              if (event.type === 'participant_removed') removed.add(event.participantId);
              // Before the start the seat goes to somebody else; who debated stays in the record.
              if (startedAt === undefined) debaters.delete(event.participantId);
              break;
            case 'debate_started':
              startedAt = event.startedAt;
              break;
            case 'debate_ended':
              endedAt = event.endedAt;
              break;
            case 'page_turned':
              pageTurns.push({ page: event.page, turnsAt: event.turnsAt });
              break;
          }
        }
      }
    },
    facts: () => ({
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
      debaters: [...debaters.values()].sort((one, other) => one.seat - other.seat),
      removed,
      pageTurns,
      choices,
    }),
  };
};

/** The page shown at an instant. */
export const pageAt = (pageTurns: DebateFacts['pageTurns'], at: number): number =>
  pageTurns.findLast((turn) => turn.turnsAt <= at)?.page ?? 0;
