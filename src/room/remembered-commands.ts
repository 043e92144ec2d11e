// The room's memory for commands that carried an id, so that a repeat gets the first answer and changes nothing. It holds the
// latest: a state must not grow with each command. A repeat of an older one is found in the journal, which takes none twice.
import { refused } from '../protocol/outcome.ts';
import { isAnswerTo } from './answers.ts';
import type { CommandIdentity, CommandType, Decision } from './commands.ts';
import { type Drafts, withEntry } from './drafts.ts';
import { ownOf } from './room-queries.ts';
import type { CommandAnswer, RememberedCommand, RoomState } from './state.ts';

/** One copy of all, at each commit, would cost an hour's debate more than everything else together. */
const BLOCK_SIZE = 32;
/** Repeats come within seconds; only who was away for long asks for older ones. */
const MAX_BLOCKS = 3;

/** Ids of participants hold no space, so no two commands share a key. */
const keyOf = ({ participantId, commandId }: CommandIdentity): string => `${participantId} ${commandId}`;

export const rememberCommand = (
  blocks: RoomState['commands'],
  command: CommandIdentity & { readonly answer: CommandAnswer },
  drafts?: Drafts,
): RoomState['commands'] => {
  const last = blocks.at(-1);
  const isFull = !last || Object.keys(last).length >= BLOCK_SIZE;
  const remembered = { digest: command.digest, answer: command.answer };
  const block = withEntry(isFull ? {} : last, keyOf(command), remembered, drafts);
  return block === last ? blocks : [...(isFull ? blocks : blocks.slice(0, -1)), block].slice(-MAX_BLOCKS);
};

/** Whether there may have been commands that the room remembers no more. */
export const hasForgotten = (state: RoomState): boolean => state.commands.length >= MAX_BLOCKS;

/** What the repeat of a remembered command gets. */
export const repeatOf = <Type extends CommandType>(
  { digest, answer }: RememberedCommand,
  type: Type,
  identity: CommandIdentity,
): Decision<Type> =>
  digest === identity.digest && isAnswerTo(type, answer)
    ? { ok: true, events: [], answer, repeated: true }
    : refused('command_id_conflict');

/** What a repeat gets; undefined when the command is new. */
export const repeatedDecisionOf = <Type extends CommandType>(
  state: RoomState,
  type: Type,
  identity: CommandIdentity,
): Decision<Type> | undefined => {
  const key = keyOf(identity);
  const block = state.commands.find((one) => Object.hasOwn(one, key));
  const remembered = block && ownOf(block, key);
  return remembered && repeatOf(remembered, type, identity);
};
