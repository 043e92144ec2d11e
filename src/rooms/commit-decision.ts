// Makes durable what was decided, and only then known: journal, then the other nodes (a hint), then this node's copy.
import { vocabularyOf } from '../protocol/event-vocabulary.ts';
import type { CommandIdentity, CommandType, Decision, StoredCommit } from '../room/commands.ts';
import { evolveCommit } from '../room/evolve.ts';
import { hasUsedUpShare } from '../room/journal-share.ts';
import { hasForgotten, repeatOf } from '../room/remembered-commands.ts';
import type { RoomState } from '../room/state.ts';
import type { CatchUp } from './copies/catch-up.ts';
import type { KeepSnapshots } from './copies/keep-snapshots.ts';
import type { CommitBus } from './copies/ports.ts';
import { newCommitOf } from './new-commit.ts';
import type { Journal } from './ports.ts';
import type { Nodes } from './presence/nodes.ts';
import type { HandleResult } from './rooms.ts';

export interface CommitDecisionOptions {
  readonly journal: Pick<Journal, 'append' | 'commandOf'>;
  readonly nodes: Pick<Nodes, 'allows'>;
  readonly newId: () => string;
  readonly catchUp: Pick<CatchUp, 'apply'>;
  readonly snapshots: Pick<KeepSnapshots, 'committed'>;
  /** Undefined: there are no other nodes. */
  readonly bus: Pick<CommitBus, 'publish'> | undefined;
}

export interface Decided<Type extends CommandType> {
  readonly state: RoomState;
  readonly type: Type;
  readonly decision: Extract<Decision<Type>, { ok: true }>;
  readonly at: number;
  readonly identity: CommandIdentity | undefined;
}

/** The first answer to a command that was committed so long ago that the room has forgotten it; undefined when it is new. */
export const forgottenRepeatOf = async <Type extends CommandType>(
  { journal }: Pick<CommitDecisionOptions, 'journal'>,
  { state, type, identity }: Pick<Decided<Type>, 'state' | 'type' | 'identity'>,
): Promise<HandleResult<Type> | undefined> => {
  if (!identity || !hasForgotten(state)) return undefined;
  const { participantId, commandId } = identity;
  const remembered = await journal.commandOf(state.definition.roomId, participantId, commandId);
  const repeat = remembered && repeatOf(remembered, type, identity);
  return repeat?.ok ? { ok: true, answer: repeat.answer, state } : repeat;
};

const commitOf = ({ state, decision, at, identity }: Decided<CommandType>, commitId: string): StoredCommit => ({
  version: state.version + 1,
  commitId,
  at,
  events: decision.events,
  ...(identity && { command: { ...identity, answer: decision.answer } }),
});

/** 'conflict': another commit was first. Rejects when the journal cannot be reached; the outcome is unknown then. */
export const commitDecision = async <Type extends CommandType>(
  options: CommitDecisionOptions,
  decided: Decided<Type>,
): Promise<HandleResult<Type> | 'conflict'> => {
  const { state, decision, identity } = decided;
  const { answer, events } = decision;
  // A command with an id is remembered even when it changed nothing: its repeat must get the same answer. Beyond its owner's
  // share it is not: whatever still changes nothing gets that answer anyway.
  const isNothing = events.length === 0 && (!identity || hasUsedUpShare(state, identity.participantId));
  if (decision.repeated || isNothing) return { ok: true, answer, state };
  // A node of the version before could not read the room any more.
  if (!(await options.nodes.allows(vocabularyOf(events)))) return { ok: false, refusal: { code: 'upgrading' } };
  const commit = commitOf(decided, options.newId());
  const after = evolveCommit(state, commit);
  const transition = { before: state, commit, after };
  if ((await options.journal.append(newCommitOf(transition))) === 'conflict')
    return (await forgottenRepeatOf(options, decided)) ?? 'conflict';
  options.snapshots.committed(after);
  const { commitId: previous } = state;
  options.bus?.publish(state.definition.roomId, previous === undefined ? commit : { ...commit, previous });
  await options.catchUp.apply(transition);
  return { ok: true, answer, state: after };
};
