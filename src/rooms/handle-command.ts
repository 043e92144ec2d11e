// One command at a time of one room: load, let what is overdue happen first, decide, commit; who loses a race decides again. The
// rules are in room/, durability is the journal's, and copies are brought up to date by catch-up.ts.
import type { CommandType, RoomCommand } from '../room/commands.ts';
import { decide } from '../room/decide.ts';
import { nextDeadlineOf } from '../room/next-deadline.ts';
import { isOver } from '../room/room-queries.ts';
import type { RoomState } from '../room/state.ts';
import { type CommitDecisionOptions, commitDecision, forgottenRepeatOf } from './commit-decision.ts';
import type { CatchUp } from './copies/catch-up.ts';
import type { RoomLoader } from './copies/load-room.ts';
import type { Clock } from './ports.ts';
import type { Nodes } from './presence/nodes.ts';
import type { Asking, HandleResult, RoomRequest, Rooms } from './rooms.ts';

const MAX_TRIES = 10;
const MAX_TRY_MS = 2_000;
/** Clocks of nodes that follow one time differ by less. A commit that lies further ahead came from a clock that was wrong. */
const CLOCKS_DIFFER_MS = 1_000;

interface HandleCommandOptions extends CommitDecisionOptions {
  readonly loader: Pick<RoomLoader, 'load'>;
  readonly catchUp: Pick<CatchUp, 'apply' | 'syncWithJournal' | 'isStale'>;
  readonly clock: Clock;
  readonly nodes: Pick<Nodes, 'isDead' | 'askAfter' | 'allows'>;
  /** How far ahead a page turn is announced in this room, ms. */
  readonly leadMsIn: (state: RoomState) => number;
}

/** Within a room time does not go back, although another node's clock may be some milliseconds ahead. [NO10] */
const instantOf = (clock: Clock, { committedAt }: RoomState): number => {
  const now = Math.round(clock.now());
  return committedAt > now && committedAt - now < CLOCKS_DIFFER_MS ? committedAt : now;
};

/**
 * What has happened already and only has no commit yet: it comes before what anybody asks. A dead process's connections
 * must not count for the start, and clients show the start at its instant and act on it.
 */
const overdueIn = (state: RoomState, { clock, nodes }: HandleCommandOptions): RoomCommand | undefined => {
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

const attempt = async <Type extends CommandType>(
  options: HandleCommandOptions,
  state: RoomState,
  request: RoomRequest<Type>,
  { identity, connection, isWanted }: Asking = {},
): Promise<HandleResult<Type> | 'conflict'> => {
  if (isWanted?.() === false) return { ok: false, refusal: { code: 'unavailable' } };
  const at = instantOf(options.clock, state);
  const { type } = request;
  const lead = type === 'turn_page' ? { leadMs: options.leadMsIn(state) } : {};
  // A request and its lead are the command: the compiler cannot follow this for a type that is not named yet.
  const decision = decide(state, { ...request, ...lead } as RoomCommand<Type>, at, identity, connection);
  if (decision.ok) return commitDecision(options, { state, type, decision, at, identity });
  // The room may have gone on since it was carried out, so that it would be refused now.
  return (await forgottenRepeatOf(options, { state, type, identity })) ?? decision;
};

/** To be called in the room's lane. */
export const createHandleCommand =
  (options: HandleCommandOptions): Rooms['handle'] =>
  async (roomId, request, asking) => {
    const { loader, catchUp, clock } = options;
    const startedAt = clock.monotonic();
    let settledVersion = -1;
    for (let tries = 0; tries < MAX_TRIES && clock.monotonic() - startedAt < MAX_TRY_MS; tries++) {
      const state = await loader.load(roomId);
      if (!state) return { ok: false, refusal: { code: 'room_not_found' } };
      // Once per version: whatever is overdue and yet changes nothing must not keep the command waiting.
      const overdue = state.version === settledVersion ? undefined : overdueIn(state, options);
      settledVersion = state.version;
      if (overdue !== undefined && overdue.type !== request.type) {
        if ((await attempt(options, state, overdue)) === 'conflict') await catchUp.syncWithJournal(state);
        continue;
      }
      const result = await attempt(options, state, request, asking);
      if (result !== 'conflict') {
        // What changed the room is proved by its commit; whatever was answered without one is true of this copy only.
        const isProved = result.ok && result.state.version > state.version;
        if (isProved || !(await catchUp.isStale(state))) return result;
      }
      await catchUp.syncWithJournal(state);
    }
    return { ok: false, refusal: { code: 'busy' } };
  };
