// Which commands the SDK never gives up while the server can be asked, and which must not overtake one another. What is
// given up here is lost to the study; what is repeated for too long happens when nobody expects it any more.
import type { SessionBody, SessionCommandName } from '../../protocol/session-messages.ts';

/** Refused for the moment this often: the room is in trouble, whoever asked should know and can ask again. */
const A_WHILE = 8;

/** How often a command that is refused only for the moment is repeated. A lost connection does not count. */
export const MAX_RETRIES: Readonly<Record<SessionCommandName, number>> = {
  // Without it no chunk of the take has a place on the server.
  'recording:start': Number.POSITIVE_INFINITY,
  'recording:stop': Number.POSITIVE_INFINITY,
  // An answer is data, and who gave it may have gone on to the next page.
  'choice:submit': Number.POSITIVE_INFINITY,
  // Deeds of the moment: done minutes later, in the middle of the talk, they would surprise everybody.
  'page:turn': A_WHILE,
  'participant:mute': A_WHILE,
  'participant:unmute': A_WHILE,
  'participant:remove': A_WHILE,
  'debate:end': A_WHILE,
};

/**
 * Commands of one lane go out one after another, each when the former is answered: the repeat of an older answer to a
 * question must not land after a newer one, nor the start of an older take stop a newer one. Undefined: in no lane.
 */
export const laneOf = <N extends SessionCommandName>(name: N, body: SessionBody<N>): string | undefined => {
  if (name === 'recording:start' || name === 'recording:stop') return 'recording';
  return name === 'choice:submit' ? `choice ${(body as SessionBody<'choice:submit'>).questionId}` : undefined;
};
