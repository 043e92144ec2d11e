// Load, decide, commit, and only then tell. Owns the order of these steps and what happens to whoever loses a race; the rules
// are in room/, durability is the journal's.
import { vocabularyOf } from '../protocol/event-vocabulary.ts';
import type { CommandIdentity, CommandType, Decision, RoomCommand, StoredCommit } from '../room/commands.ts';
import { nextDeadlineOf } from '../room/deadlines.ts';
import { decide } from '../room/decide.ts';
import { effectsOf } from '../room/effects.ts';
import { evolveCommit } from '../room/evolve.ts';
import { hasUsedUpShare } from '../room/journal-share.ts';
import { hasForgotten, repeatOf } from '../room/remembered-commands.ts';
import { isOver } from '../room/room-queries.ts';
import type { RoomState } from '../room/state.ts';
import { type HeadOf, isAt } from './copies/journal-heads.ts';
import type { KeepSnapshots } from './copies/keep-snapshots.ts';
import type { RoomLoader, Step } from './copies/load-room.ts';
import type { CommitBus, RoomCopies, ToldCommit } from './copies/ports.ts';
import type { Clock, Journal, NewCommit } from './ports.ts';
import type { Nodes } from './presence/nodes.ts';
import type { Asking, HandleResult, Rooms } from './rooms.ts';

const MAX_TRIES = 10;
const MAX_TRY_MS = 2_000;
/** Clocks of nodes that follow one time differ by less. A commit that lies further ahead came from a clock that was wrong. */
const CLOCKS_DIFFER_MS = 1_000;

interface HandleCommandOptions {
  readonly journal: Pick<Journal, 'append' | 'commandOf' | 'includes'>;
  readonly copies: Pick<RoomCopies, 'get' | 'delete'>;
  readonly loader: RoomLoader;
  readonly snapshots: Pick<KeepSnapshots, 'committed'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly nodes: Pick<Nodes, 'isDead' | 'askAfter' | 'allows'>;
  /** Undefined: no other node commits, the hot copy is never behind. */
  readonly others?: { readonly headOf: HeadOf; readonly bus: Pick<CommitBus, 'publish'> };
  /** The commit is durable: make it known on this node. */
  readonly applied: (step: Step) => Promise<void>;
  /** What is known of the room here is gone from the journal: forget it, everywhere. */
  readonly takenBack: (roomId: string) => Promise<void>;
}

export interface HandleCommand {
  /** One at a time per room. */
  handle: Rooms['handle'];
  /** The journal may be elsewhere than this copy: makes known what was committed beyond it, or forgets it. */
  follow(state: RoomState): Promise<void>;
  /** Another node says that it has committed this. */
  learn(roomId: string, commit: ToldCommit): Promise<void>;
  /** The hot copy, after it has caught up with the journal. */
  refreshed(roomId: string): Promise<RoomState | undefined>;
}

const newCommitOf = (before: RoomState, commit: StoredCommit, after: RoomState): NewCommit => {
  const { roomId } = after.definition;
  const nextDeadlineAt = nextDeadlineOf(after);
  const newRecordings: NewCommit['newRecordings'][number][] = [];
  const stoppedRecordings: NewCommit['stoppedRecordings'][number][] = [];
  for (const event of commit.events) {
    if (event.type === 'recording_started') {
      const { recordingId: id, participantId, take, mimeType, path, startedAt } = event;
      newRecordings.push({ id, participantId, take, mimeType, path, startedAt });
    } else if (event.type === 'recording_stopped') {
      stoppedRecordings.push({ id: event.recordingId, endedAt: event.endedAt });
    }
  }
  return {
    roomId,
    commit,
    ...(before.commitId !== undefined && { previous: before.commitId }),
    summary: {
      phase: after.phase,
      page: after.page,
      ...(after.startedAt === undefined ? {} : { startedAt: after.startedAt }),
      ...(after.endedAt === undefined ? {} : { endedAt: after.endedAt }),
      ...(nextDeadlineAt === undefined ? {} : { nextDeadlineAt }),
    },
    newRecordings,
    stoppedRecordings,
    jobs: effectsOf(commit.events, after, commit.at),
  };
};

export const createHandleCommand = (options: HandleCommandOptions): HandleCommand => {
  const { journal, copies, loader, snapshots, clock, newId, nodes, others, applied, takenBack } = options;

  /** The first answer to a command that was committed so long ago that the room has forgotten it; undefined when it is new. */
  const forgottenRepeat = async <Type extends CommandType>(
    state: RoomState,
    type: Type,
    identity: CommandIdentity | undefined,
  ): Promise<HandleResult<Type> | undefined> => {
    if (!identity || !hasForgotten(state)) return undefined;
    const { participantId, commandId } = identity;
    const remembered = await journal.commandOf(state.definition.roomId, participantId, commandId);
    const repeat = remembered && repeatOf(remembered, type, identity);
    return repeat?.ok ? { ok: true, answer: repeat.answer, state } : repeat;
  };

  /** Commits what was decided; 'conflict' when another commit was first. */
  const commitDecision = async <Type extends CommandType>(
    state: RoomState,
    type: Type,
    decision: Extract<Decision<Type>, { ok: true }>,
    at: number,
    identity: CommandIdentity | undefined,
  ): Promise<HandleResult<Type> | 'conflict'> => {
    const { events, answer } = decision;
    // A command with an id is remembered even when it changed nothing: its repeat must get the same answer. Beyond its owner's
    // share it is not: whatever still changes nothing gets that answer anyway.
    const isNothing = events.length === 0 && (!identity || hasUsedUpShare(state, identity.participantId));
    if (decision.repeated || isNothing) return { ok: true, answer, state };
    // A node of the version before could not read the room any more.
    if (!(await nodes.allows(vocabularyOf(events)))) return { ok: false, refusal: { code: 'upgrading' } };
    const commit: StoredCommit = {
      version: state.version + 1,
      commitId: newId(),
      at,
      events,
      ...(identity ? { command: { ...identity, answer } } : {}),
    };
    const after = evolveCommit(state, commit);
    if ((await journal.append(newCommitOf(state, commit, after))) === 'conflict')
      return (await forgottenRepeat(state, type, identity)) ?? 'conflict';
    snapshots.committed(after);
    const { commitId: previous } = state;
    others?.bus.publish(state.definition.roomId, previous === undefined ? commit : { ...commit, previous });
    await applied({ before: state, commit, after });
    return { ok: true, answer, state: after };
  };

  /** Within a room time does not go back, although another node's clock may be some milliseconds ahead. */
  const instantOf = ({ committedAt }: RoomState): number => {
    const now = Math.round(clock.now());
    return committedAt > now && committedAt - now < CLOCKS_DIFFER_MS ? committedAt : now;
  };

  const attempt = async <Type extends CommandType>(
    state: RoomState,
    command: RoomCommand<Type>,
    { identity, connection, isWanted }: Asking = {},
  ): Promise<HandleResult<Type> | 'conflict'> => {
    if (isWanted?.() === false) return { ok: false, refusal: { code: 'unavailable' } };
    const at = instantOf(state);
    const { type } = command;
    const decision = decide(state, command, at, identity, connection);
    if (decision.ok) return commitDecision(state, type, decision, at, identity);
    // The room may have gone on since it was carried out, so that it would be refused now.
    return (await forgottenRepeat(state, type, identity)) ?? decision;
  };

  /**
   * What has happened already and only has no commit yet: it comes before what anybody asks. A dead process's connections
   * must not count for the start, and clients show the start at its instant and act on it.
   */
  const overdueOf = (state: RoomState): RoomCommand | undefined => {
    // Presence stands still, and nothing is due any more.
    if (isOver(state)) return undefined;
    for (const { connection } of Object.values(state.participants)) {
      if (!connection) continue;
      nodes.askAfter(connection.bootId);
      if (nodes.isDead(connection.bootId)) return { type: 'lose_connections', bootId: connection.bootId };
    }
    const dueAt = nextDeadlineOf(state);
    return dueAt !== undefined && dueAt <= Math.round(clock.now()) ? { type: 'reach_deadline' } : undefined;
  };

  const catchUp = async (state: RoomState): Promise<number> => {
    let steps = 0;
    for await (const step of loader.stepsFrom(state)) {
      await applied(step);
      steps += 1;
    }
    return steps;
  };

  const follow = async (state: RoomState): Promise<void> => {
    const { commitId, version, definition } = state;
    const { roomId } = definition;
    // Erased under us, or the database came back older: what it counts from here on is another history.
    if (commitId !== undefined && !(await journal.includes(roomId, version, commitId))) await takenBack(roomId);
    else if ((await catchUp(state)) === 0 && version === 0) await copies.delete(roomId);
  };

  const isElsewhere = async (state: RoomState): Promise<boolean> =>
    others !== undefined && !isAt(state, await others.headOf(state.definition.roomId));

  return {
    follow,
    async learn(roomId, commit) {
      const state = await copies.get(roomId);
      if (!state || commit.version <= state.version) return;
      const { previous = state.commitId } = commit;
      if (commit.version > state.version + 1 || previous !== state.commitId) await follow(state);
      else await applied({ before: state, commit, after: evolveCommit(state, commit) });
    },
    async refreshed(roomId) {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const state = await loader.load(roomId);
        if (!state || !(await isElsewhere(state))) return state;
        await follow(state);
      }
      throw new Error(`room ${roomId} could not be brought up to date`);
    },
    async handle(roomId, command, asking) {
      const startedAt = clock.monotonic();
      let settledVersion = -1;
      for (let tries = 0; tries < MAX_TRIES && clock.monotonic() - startedAt < MAX_TRY_MS; tries++) {
        const state = await loader.load(roomId);
        if (!state) return { ok: false, refusal: { code: 'room_not_found' } };
        // Once per version: whatever is overdue and yet changes nothing must not keep the command waiting.
        const overdue = state.version === settledVersion ? undefined : overdueOf(state);
        settledVersion = state.version;
        if (overdue !== undefined && overdue.type !== command.type) {
          if ((await attempt(state, overdue)) === 'conflict') await follow(state);
          continue;
        }
        const result = await attempt(state, command, asking);
        if (result === 'conflict') await follow(state);
        else {
          // What changed the room is proved by its commit; whatever was said without one is true of this copy only.
          const isProved = result.ok && result.state.version > state.version;
          if (isProved || !(await isElsewhere(state))) return result;
          await follow(state);
        }
      }
      return { ok: false, refusal: { code: 'busy' } };
    },
  };
};
