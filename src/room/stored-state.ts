// A room's state as it is kept outside a process. The definition is left out: it never changes, is known by the room's id, and
// holds the whole study, which would be written again with each state. STATE_SHAPE numbers this form.
import type { RoomDefinition, RoomState } from './state.ts';

export const storedStateOf = (state: RoomState): string => JSON.stringify({ ...state, definition: undefined });

/** Throws when it is no JSON. */
export const stateFrom = (stored: string, definition: RoomDefinition): RoomState => ({
  ...(JSON.parse(stored) as Omit<RoomState, 'definition'>),
  definition,
});
