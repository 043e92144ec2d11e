// The room's memory for commands that carried an id, so that a repeat gets the first answer and changes nothing.
import { refused } from '../protocol/outcome.ts';
import type { CommandIdentity, Decision } from './commands.ts';
import { type Drafts, withEntry } from './drafts.ts';
import { ownOf } from './room-queries.ts';
import type { CommandAnswer, RoomState } from './state.ts';

/** One copy of all, at each commit, would cost an hour's debate more than everything else together. */
const BLOCK_SIZE = 32;

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
  if (block === last) return blocks;
  if (drafts?.has(blocks)) {
    (blocks as (typeof block)[])[isFull ? blocks.length : blocks.length - 1] = block;
    return blocks;
  }
  const copy = [...(isFull ? blocks : blocks.slice(0, -1)), block];
  drafts?.add(copy);
  return copy;
};

/** What a repeat gets; undefined when the command is new. */
export const repeatedDecisionOf = (state: RoomState, identity: CommandIdentity): Decision | undefined => {
  const key = keyOf(identity);
  const block = state.commands.find((one) => Object.hasOwn(one, key));
  const remembered = block && ownOf(block, key);
  if (!remembered) return undefined;
  if (remembered.digest !== identity.digest) return refused('command_id_conflict');
  return { ok: true, events: [], answer: remembered.answer, repeated: true };
};
