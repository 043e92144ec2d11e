// Handles commands: load, decide, commit, and only then tell. Rules live in room/, durability in the journal; this file owns
// the order of the steps and what happens to whoever loses a race.
import type { Logger } from 'pino';
import type { CommandIdentity, Decision, RoomCommand, StoredCommit } from '../room/commands.ts';
import { nextDeadlineOf } from '../room/deadlines.ts';
import { decide } from '../room/decide.ts';
import { effectsOf } from '../room/effects.ts';
import { evolveCommit } from '../room/evolve.ts';
import type { RoomState } from '../room/state.ts';
import { createDeadlines } from './deadlines.ts';
import { createRoomLoader, type Step } from './load-room.ts';
import type { Announcer, Clock, HotRooms, Journal, NewCommit } from './ports.ts';
import { createRoomLanes } from './room-lanes.ts';
import type { HandleResult, Rooms } from './rooms.ts';

const MAX_TRIES = 10;
const MAX_TRY_MS = 2_000;
const HEAL_EVERY_MS = 1_000;
/** Rooms that are brought back at once when a process starts. */
const SWEEP_WIDTH = 8;

export interface RoomsService extends Rooms {
  /** All steps after `since`, for a viewer who missed them. */
  stepsSince(roomId: string, since: number): Promise<Step[]>;
  /** Something that is not journaled changed (voice, upload progress): watchers look again. */
  notice(roomId: string): void;
  start(): void;
  /** Stops waking rooms and resolves when every command in flight is done. */
  close(): Promise<void>;
}

interface RoomsOptions {
  readonly journal: Journal;
  readonly hotRooms: HotRooms;
  readonly clock: Clock;
  readonly announcer: Announcer;
  readonly log: Logger;
  readonly newId: () => string;
  /** True when no process with this id can hold a connection any more. */
  readonly isDeadBoot: (bootId: string) => boolean;
}

const newCommitOf = (commit: StoredCommit, after: RoomState): NewCommit => {
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

export const createRooms = (options: RoomsOptions): RoomsService => {
  const { journal, hotRooms, clock, announcer, log, newId, isDeadBoot } = options;
  const loader = createRoomLoader({ journal, hotRooms });
  const lanes = createRoomLanes();
  const watchers = new Map<string, Set<(state: RoomState) => void>>();
  const running = new Set<Promise<unknown>>();
  let healTimer: NodeJS.Timeout | undefined;
  let closed = false;

  const deadlines = createDeadlines({
    clock,
    journal,
    log,
    onDue: async (roomId) => {
      const result = await handle(roomId, { type: 'reach_deadline' });
      // Nothing was due yet (a timer that fired early): look again.
      if (result.ok) deadlines.arm(roomId, nextDeadlineOf(result.state));
    },
  });

  const applied = async ({ before, commit, after }: Step): Promise<void> => {
    await hotRooms.put(after);
    announcer.announce(before, after, commit);
    deadlines.arm(after.definition.roomId, nextDeadlineOf(after));
    for (const watcher of watchers.get(after.definition.roomId) ?? []) watcher(after);
  };

  /** Commits what was decided; 'conflict' when another commit was first. */
  const commitDecision = async (
    state: RoomState,
    decision: Extract<Decision, { ok: true }>,
    at: number,
    identity: CommandIdentity | undefined,
  ): Promise<HandleResult | 'conflict'> => {
    const { events, answer } = decision;
    // A command with an id is remembered even when it changed nothing: its repeat must get the same answer.
    if (decision.repeated || (events.length === 0 && !identity)) return { ok: true, answer, state };
    const commit: StoredCommit = {
      version: state.version + 1,
      commitId: newId(),
      at,
      events,
      ...(identity ? { command: { ...identity, answer } } : {}),
    };
    const after = evolveCommit(state, commit);
    if ((await journal.append(newCommitOf(commit, after))) === 'conflict') return 'conflict';
    await applied({ before: state, commit, after });
    return { ok: true, answer, state: after };
  };

  const attempt = async (
    state: RoomState,
    command: RoomCommand,
    identity?: CommandIdentity,
  ): Promise<HandleResult | 'conflict'> => {
    const at = Math.round(clock.now());
    const decision = decide(state, command, at, identity);
    return decision.ok ? commitDecision(state, decision, at, identity) : decision;
  };

  const catchUp = async (state: RoomState): Promise<void> => {
    const steps = await loader.catchUp(state);
    for (const step of steps) await applied(step);
    // Nothing newer although the version was taken: the room was erased under us.
    if (steps.length === 0) await hotRooms.delete(state.definition.roomId);
  };

  /** The room, after connections of dead processes have been declared lost. 'conflict' when that lost a race. */
  const loadSettled = async (roomId: string): Promise<RoomState | 'conflict' | undefined> => {
    const loaded = await loader.load(roomId);
    if (!loaded?.rebuilt) return loaded?.state;
    let { state } = loaded;
    deadlines.arm(roomId, nextDeadlineOf(state));
    const boots = new Set(Object.values(state.participants).flatMap((one) => one.connection?.bootId ?? []));
    for (const bootId of [...boots].filter(isDeadBoot)) {
      const result = await attempt(state, { type: 'lose_connections', bootId });
      if (result === 'conflict') {
        await catchUp(state);
        return 'conflict';
      }
      if (result.ok) state = result.state;
    }
    return state;
  };

  const handleInLane = async (
    roomId: string,
    command: RoomCommand,
    identity?: CommandIdentity,
  ): Promise<HandleResult> => {
    const startedAt = clock.monotonic();
    for (let tries = 0; tries < MAX_TRIES && clock.monotonic() - startedAt < MAX_TRY_MS; tries++) {
      const state = await loadSettled(roomId);
      if (state === undefined) return { ok: false, refusal: { code: 'room_not_found' } };
      if (state === 'conflict') continue;
      const result = await attempt(state, command, identity);
      if (result !== 'conflict') return result;
      await catchUp(state);
    }
    return { ok: false, refusal: { code: 'busy' } };
  };

  const inLane = <Result>(roomId: string, task: () => Promise<Result>): Promise<Result> => {
    const run = lanes.run(roomId, task);
    const settled: Promise<unknown> = run.then(
      () => running.delete(settled),
      () => running.delete(settled),
    );
    running.add(settled);
    return run;
  };

  const handle: Rooms['handle'] = (roomId, command, identity) =>
    inLane(roomId, () => handleInLane(roomId, command, identity));

  const notice = (roomId: string): void => {
    const watching = watchers.get(roomId);
    if (!watching) return;
    hotRooms.get(roomId).then(
      (state) => {
        if (state) for (const watcher of watching) watcher(state);
      },
      (error: unknown) => log.warn({ err: error, roomId }, 'a watched room could not be read'),
    );
  };

  /** A commit whose announcement was lost shows no gap: compare what is connected here with the journal's heads. */
  const heal = async (): Promise<void> => {
    try {
      const here = announcer.rooms();
      const heads = here.length > 0 ? await journal.heads(here) : new Map<string, number>();
      for (const roomId of here) {
        const head = heads.get(roomId);
        const state = await hotRooms.get(roomId);
        if (head === undefined) await forget(roomId);
        else if (state && state.version < head)
          await inLane(roomId, async () => catchUp((await hotRooms.get(roomId)) ?? state));
      }
    } catch (error) {
      log.warn({ err: error }, 'healing failed and will be repeated');
    }
    if (!closed) healTimer = setTimeout(heal, HEAL_EVERY_MS);
  };

  /** After a start: whatever was due meanwhile happens, whoever was connected to a dead process is declared lost. */
  const sweep = async (): Promise<void> => {
    try {
      const rooms = await journal.liveRooms();
      const next = async (): Promise<void> => {
        for (let roomId = rooms.pop(); roomId !== undefined && !closed; roomId = rooms.pop())
          await handle(roomId, { type: 'reach_deadline' });
      };
      await Promise.all(Array.from({ length: SWEEP_WIDTH }, next));
    } catch (error) {
      if (closed) return;
      // Each is brought back when it is next used or due.
      log.warn({ err: error }, 'rooms of an earlier run could not all be brought back yet');
    }
  };

  const forget: Rooms['forget'] = async (roomId) => {
    deadlines.arm(roomId, undefined);
    await hotRooms.delete(roomId);
    announcer.closeRoom(roomId);
  };

  return {
    handle,
    forget,
    notice,
    stepsSince: loader.stepsSince,
    state: async (roomId) => (await loader.load(roomId))?.state,
    roomIdOfCode: (code) => journal.roomIdOfCode(code),
    watch(roomId, onChange) {
      const watching = watchers.get(roomId) ?? new Set();
      watchers.set(roomId, watching.add(onChange));
      return () => {
        watching.delete(onChange);
        if (watching.size === 0) watchers.delete(roomId);
      };
    },
    start() {
      deadlines.start();
      healTimer = setTimeout(heal, HEAL_EVERY_MS);
      const sweeping = sweep().finally(() => running.delete(sweeping));
      running.add(sweeping);
    },
    async close() {
      closed = true;
      deadlines.stop();
      clearTimeout(healTimer);
      await Promise.allSettled(running);
    },
  };
};
