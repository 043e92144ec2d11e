// What every decide-*.ts builds its decisions from.
import type { RoomEvent } from '../protocol/room-events.ts';
import type { AnswerOf, CommandType, Decision } from './commands.ts';
import { evolve } from './evolve.ts';
import type { RoomState } from './state.ts';

export const accepted = <Type extends CommandType>(
  events: readonly RoomEvent[],
  answer: AnswerOf<Type>,
): Decision<Type> => ({ ok: true, events, answer });

/** Looks at the room as the steps before have left it, and says what happens next. */
export type Step = (state: RoomState, at: number) => readonly RoomEvent[];

/** All events of the steps, each step deciding on what those before it did. */
export const inOrder = (state: RoomState, at: number, steps: readonly Step[]): RoomEvent[] => {
  let current = state;
  const events: RoomEvent[] = [];
  for (const step of steps) {
    for (const event of step(current, at)) {
      events.push(event);
      current = evolve(current, event, at);
    }
  }
  return events;
};
