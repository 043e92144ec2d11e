// The room's memory for commands that carried an id, so that a repeat gets the first answer and changes nothing.
import { refused } from '../protocol/outcome.ts';
import type { CommandIdentity, Decision } from './commands.ts';
import { ownOf } from './room-queries.ts';
import type { CommandAnswer, RoomState } from './state.ts';

/** Ids of participants hold no space, so no two commands share a key. */
const keyOf = ({ participantId, commandId }: CommandIdentity): string => `${participantId} ${commandId}`;

export const rememberCommand = (
  commands: RoomState['commands'],
  command: CommandIdentity & { readonly answer: CommandAnswer },
): RoomState['commands'] => ({ ...commands, [keyOf(command)]: { digest: command.digest, answer: command.answer } });

/** What a repeat gets; undefined when the command is new. */
export const repeatedDecisionOf = (state: RoomState, identity: CommandIdentity): Decision | undefined => {
  const remembered = ownOf(state.commands, keyOf(identity));
  if (!remembered) return undefined;
  if (remembered.digest !== identity.digest) return refused('command_id_conflict');
  return { ok: true, events: [], answer: remembered.answer, repeated: true };
};
