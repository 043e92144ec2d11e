// The rules of the room, all of them: what a command brings about, or why it is refused. Pure; docs/SPEC.md section RM.
import { refused } from '../protocol/outcome.ts';
import type { CommandConnection, CommandIdentity, CommandType, Decision, RoomCommand } from './commands.ts';
import { decideSubmitChoice } from './decide-choice.ts';
import { decideDeadlines } from './decide-deadlines.ts';
import { decideEnd, decideMute, decideRemove, decideUnmute } from './decide-hosting.ts';
import { decideJoin } from './decide-joining.ts';
import { decideTurnPage } from './decide-page.ts';
import { decideConnect, decideDisconnect, decideLoseConnections } from './decide-presence.ts';
import { decideCompleteRecording, decideStartRecording, decideStopRecording } from './decide-recording.ts';
import { isShareUsedUp } from './journal-share.ts';
import { repeatedDecisionOf } from './remembered-commands.ts';
import { isLiveConnection } from './room-queries.ts';
import type { RoomState } from './state.ts';

type Rules = {
  readonly [Type in CommandType]: (state: RoomState, command: RoomCommand<Type>, at: number) => Decision<Type>;
};

const rules: Rules = {
  join: decideJoin,
  connect: decideConnect,
  disconnect: decideDisconnect,
  lose_connections: decideLoseConnections,
  reach_deadline: decideDeadlines,
  turn_page: decideTurnPage,
  submit_choice: decideSubmitChoice,
  start_recording: decideStartRecording,
  stop_recording: decideStopRecording,
  complete_recording: decideCompleteRecording,
  mute: decideMute,
  unmute: decideUnmute,
  remove: decideRemove,
  end: decideEnd,
};

/**
 * `at`: epoch ms on the room clock. A repeat of a command that has an identity gets the first answer and no events. A command that
 * came by a connection that no longer counts is older than what its sender has sent since: it is refused.
 */
export const decide = <Type extends CommandType>(
  state: RoomState,
  command: RoomCommand<Type>,
  at: number,
  identity?: CommandIdentity,
  connection?: CommandConnection,
): Decision<Type> => {
  if (connection && !isLiveConnection(state, connection)) return refused('unavailable');
  const { type } = command;
  const repeated = identity && repeatedDecisionOf(state, type, identity);
  if (repeated) return repeated;
  return isShareUsedUp(state, command) ? refused('participant_limit') : rules[type](state, command, at);
};
