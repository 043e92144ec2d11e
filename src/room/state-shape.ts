/**
 * The shape of RoomState (state.ts): raise it with every change that another build cannot read. Copies kept outside a process
 * (Redis, snapshots) carry it; one of another shape is no copy, and the room is rebuilt from its journal.
 */
export const STATE_SHAPE = 4;
