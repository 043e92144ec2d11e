// How much of a room's journal is one participant's: everybody has to read it whenever the room is loaded. Pure; the state
// carries the sums, so that they survive whatever the room survives.
import { COMMIT_WEIGHT, JOURNAL_SHARE } from '../protocol/ceilings.ts';
import type { RoomEvent } from '../protocol/room-events.ts';
import type { CommandType, RoomCommand, StoredCommit } from './commands.ts';
import { type Drafts, withEntry } from './drafts.ts';
import { ownOf } from './room-queries.ts';
import type { RoomState } from './state.ts';

const lengthOf = (value: unknown): number =>
  typeof value === 'string'
    ? value.length
    : Array.isArray(value)
      ? value.reduce((sum, one) => sum + lengthOf(one), 0)
      : 0;

/** Whose event it is, if somebody can bring it about again and again. */
const ownerOf = (event: RoomEvent): string | undefined => {
  switch (event.type) {
    case 'choice_submitted':
    case 'recording_started':
    case 'participant_unmuted':
      return event.participantId;
    case 'page_turned':
    case 'participant_muted':
      return event.by;
    default:
      return undefined;
  }
};

const withWeight = (state: RoomState, owner: string, weight: number, drafts?: Drafts): RoomState => ({
  ...state,
  shares: withEntry(state.shares, owner, (ownOf(state.shares, owner) ?? 0) + weight, drafts),
});

export const withShare = (state: RoomState, event: RoomEvent, drafts?: Drafts): RoomState => {
  const owner = ownerOf(event);
  if (owner === undefined) return state;
  const weight = COMMIT_WEIGHT + (event.type === 'choice_submitted' ? lengthOf(event.value) : 0);
  return withWeight(state, owner, weight, drafts);
};

/** A command that changed nothing is journaled all the same if it has an id, and may be sent again under another one. */
export const withShareOfNothing = (state: RoomState, commit: StoredCommit, drafts?: Drafts): RoomState =>
  commit.command && commit.events.length === 0
    ? withWeight(state, commit.command.participantId, COMMIT_WEIGHT, drafts)
    : state;

const COUNTED: ReadonlySet<CommandType> = new Set(['turn_page', 'submit_choice', 'start_recording', 'mute', 'unmute']);

export const hasUsedUpShare = (state: RoomState, participantId: string): boolean =>
  (ownOf(state.shares, participantId) ?? 0) >= JOURNAL_SHARE;

/** Ending, leaving and removing are always possible. */
export const isShareUsedUp = <Type extends CommandType>(state: RoomState, command: RoomCommand<Type>): boolean =>
  COUNTED.has(command.type) && 'by' in command && hasUsedUpShare(state, command.by);
