// The grace period: how long the seat waits of somebody who is gone, or not there yet. Decided here, once, and carried by the event.
import type { RoomState } from './state.ts';

/** Until when, from `at` on; epoch ms on the room clock. */
export const graceEndOf = (state: RoomState, at: number): number => at + state.definition.content.settings.graceMs;
