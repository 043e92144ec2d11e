// Tells whether a remembered answer is one to this type of command. It was kept as JSON with the command's commit, perhaps by
// another build, so whoever reads it again (for the repeat of a command) looks at it first.
import type { AnswerOf, Answers, CommandType } from './commands.ts';
import type { CommandAnswer } from './state.ts';

type KindOf<Value> = Value extends string ? 'string' : Value extends number ? 'number' : never;

const FIELDS: {
  readonly [Type in CommandType]: { readonly [Field in keyof Answers[Type]]: KindOf<Answers[Type][Field]> };
} = {
  join: { participantId: 'string' },
  connect: { epoch: 'number' },
  disconnect: {},
  lose_connections: {},
  reach_deadline: {},
  turn_page: { page: 'number', turnsAt: 'number' },
  submit_choice: { revision: 'number' },
  start_recording: { recordingId: 'string', path: 'string', startedAt: 'number' },
  stop_recording: { path: 'string', endedAt: 'number', durationMs: 'number' },
  complete_recording: { recordingId: 'string', endedAt: 'number' },
  mute: {},
  unmute: {},
  remove: {},
  end: { endedAt: 'number' },
};

/** Whether this is what a command of that type is answered; fields of a later build may stand beside. */
export const isAnswerTo = <Type extends CommandType>(type: Type, answer: CommandAnswer): answer is AnswerOf<Type> =>
  Object.entries(FIELDS[type]).every(([field, kind]) => typeof answer[field] === kind);
