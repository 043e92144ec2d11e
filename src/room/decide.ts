// The rules of the room, all of them: what a command brings about, or why it is refused. Pure; docs/SPEC.md section RM.
import { refused } from '../protocol/outcome.ts';
import type { CommandConnection, CommandIdentity, Decision, RoomCommand } from './commands.ts';
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

const decideAnew = (state: RoomState, command: RoomCommand, at: number): Decision => {
  switch (command.type) {
    case 'join':
      return decideJoin(state, command, at);
    case 'connect':
      return decideConnect(state, command, at);
    case 'disconnect':
      return decideDisconnect(state, command, at);
    case 'lose_connections':
      return decideLoseConnections(state, command, at);
    case 'reach_deadline':
      return decideDeadlines(state, at);
    case 'turn_page':
      return decideTurnPage(state, command, at);
    case 'submit_choice':
      return decideSubmitChoice(state, command, at);
    case 'start_recording':
      return decideStartRecording(state, command, at);
    case 'stop_recording':
      return decideStopRecording(state, command, at);
    case 'complete_recording':
      return decideCompleteRecording(state, command, at);
    case 'mute':
      return decideMute(state, command);
    case 'unmute':
      return decideUnmute(state, command);
    case 'remove':
      return decideRemove(state, command, at);
    case 'end':
      return decideEnd(state, command, at);
  }
};

/**
 * `at`: epoch ms on the room clock. A repeat of a command that has an identity gets the first answer and no events. What came
 * by a connection that no longer counts was said before whatever its owner has said since.
 */
export const decide = (
  state: RoomState,
  command: RoomCommand,
  at: number,
  identity?: CommandIdentity,
  connection?: CommandConnection,
): Decision => {
  if (connection && !isLiveConnection(state, connection)) return refused('unavailable');
  const repeated = identity && repeatedDecisionOf(state, identity);
  if (repeated) return repeated;
  return isShareUsedUp(state, command) ? refused('participant_limit') : decideAnew(state, command, at);
};
