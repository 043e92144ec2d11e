// A room before its first commit.
import type { RoomDefinition, RoomState } from './state.ts';

export const initialStateOf = (definition: RoomDefinition): RoomState => ({
  definition,
  version: 0,
  committedAt: definition.createdAt,
  phase: 'waiting',
  page: 0,
  shownUpTo: 0,
  participants: {},
  recordings: {},
  choices: {},
  shares: {},
  commands: [],
});
