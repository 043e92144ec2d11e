// What participants chose, taken from a room's journal: every revision. The report and the table of choices rest on it. Pure.
import type { RoomCommit } from '../protocol/room-events.ts';
import type { ChoiceValue } from '../protocol/study.ts';

export interface Choice {
  readonly participantId: string;
  readonly questionId: string;
  /** 1 for the first answer to this question, then +1. */
  readonly revision: number;
  readonly value: ChoiceValue;
  /** When the server took it; epoch ms on the room clock, like `answeredAt`. */
  readonly submittedAt: number;
  /** Only of what was answered before the end and arrived after it. */
  readonly answeredAt?: number;
}

/** In the journal's order. */
export const choicesOf = (commits: readonly RoomCommit[]): Choice[] =>
  commits.flatMap(({ at, events }) =>
    events.flatMap((event) => {
      if (event.type !== 'choice_submitted') return [];
      const { type: _, ...choice } = event;
      return [{ ...choice, submittedAt: at }];
    }),
  );
