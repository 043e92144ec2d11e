// The conversation on /session: snapshots and commits into the replica, gaps healed, commands out, telemetry out.
// Knows no transport: a channel brings messages and takes them; whoever owns it calls `up` and `down`. Owns the states below.
//
// down     No connection. At the start, and whenever it is lost.
// waiting  From `up`: connected, the snapshot has not come. If it does not come in time, the connection should be replaced.
// live     From `waiting`, with the first snapshot of the connection: what comes now is the room as it is.
import type { ErrorCode } from '../../protocol/error-codes.ts';
import type { Language } from '../../protocol/languages.ts';
import type { RoomEventMessage, RoomSnapshot } from '../../protocol/room-view.ts';
import type {
  Ack,
  SessionAnswers,
  SessionBody,
  SessionServerEvents,
  SessionTelemetryName,
} from '../../protocol/session-messages.ts';
import type { CommandRefusal } from '../client-state.ts';
import type { LocalTime } from '../clock/local-time.ts';
import { type CommandQueue, createCommandQueue } from './command-queue.ts';
import { createReplica, type Replica } from './replica.ts';

/** Sends on the present connection; without one the message is dropped. */
export type EmitMessage = (name: string, body: unknown, ack?: (answer: never) => void) => void;

export interface Session {
  readonly replica: Replica;
  /** True from the snapshot of a connection until that connection is lost. */
  readonly live: boolean;
  readonly send: CommandQueue['send'];
  readonly pendingCommands: number;
  up(): void;
  down(): void;
  message(name: string, body: unknown): void;
  /** Measurements: never repeated, lost with the connection. */
  tell<N extends SessionTelemetryName>(
    name: N,
    body: SessionBody<N>,
    ack?: (answer: Ack<SessionAnswers[N]>) => void,
  ): void;
  /** The server is at this version: heal if that stays ahead of us. */
  noteVersion(version: number): void;
  refuseAll(code: ErrorCode): void;
}

export interface SessionListeners {
  /** The room changed; `commits` are those just applied, none after a snapshot. */
  onRoom(commits: readonly RoomEventMessage[]): void;
  onReplaced(): void;
  onRefused(name: Parameters<CommandQueue['send']>[0], refusal: CommandRefusal): void;
  onPending(): void;
  /** The connection answers nothing any more: it should be replaced. */
  onSilence(): void;
}

/** A commit that overtook its predecessor on the way closes the gap by itself within this time. */
const PATIENCE_MS = 150;
const SYNC_TIMEOUT_MS = 2_000;
/** A connection that brings no snapshot is none. */
const SNAPSHOT_TIMEOUT_MS = 6_000;

type State = 'down' | 'waiting' | 'live';

export const createSession = (options: {
  readonly time: LocalTime;
  readonly random: () => number;
  readonly createId: () => string;
  readonly emit: EmitMessage;
  readonly listeners: SessionListeners;
}): Session => {
  const { time, listeners } = options;
  const replica = createReplica();
  let state: State = 'down';
  /** Counts ups and downs: an answer from before the latest of them is ignored. */
  let connection = 0;
  let cancelSync = () => {};
  /** In any state: a question for the commits that are missing is due or on its way. */
  let syncing = false;
  let cancelWaiting = () => {};

  const enter = (next: State) => {
    cancelWaiting();
    state = next;
    if (next === 'live') return;
    connection += 1;
    cancelSync();
    syncing = false;
    if (next === 'waiting') cancelWaiting = time.after(SNAPSHOT_TIMEOUT_MS, () => listeners.onSilence());
  };

  const language = (): Language => replica.view?.language ?? 'en';
  const queue = createCommandQueue({
    time,
    random: options.random,
    createId: options.createId,
    language,
    emit: (name, body, ack) => options.emit(name, body, ack),
    onRefused: (name, refusal) => listeners.onRefused(name, refusal),
    onChange: () => listeners.onPending(),
    onSilence: () => listeners.onSilence(),
  });

  const scheduleSync = (delayMs: number) => {
    if (syncing) return;
    syncing = true;
    cancelSync = time.after(delayMs, requestSync);
  };

  const finishSync = () => {
    cancelSync();
    syncing = false;
    if (replica.needsSync && state === 'live') scheduleSync(PATIENCE_MS);
  };

  const requestSync = () => {
    if (state !== 'live' || !replica.needsSync) {
      syncing = false;
      return;
    }
    const mine = connection;
    cancelSync = time.after(SYNC_TIMEOUT_MS, requestSync);
    tell('room:sync', { since: replica.version }, (answer) => {
      if (mine !== connection) return;
      if (answer.ok) {
        const before = replica.version;
        if (answer.snapshot) takeSnapshot(answer.snapshot, false);
        for (const commit of answer.commits ?? []) takeCommit(commit);
        // The server has nothing newer: the hint was wrong, or the next ping gives it again.
        if (replica.version === before) replica.forgetAhead();
        finishSync();
      }
    });
  };

  const takeSnapshot = (snapshot: RoomSnapshot, force: boolean) => {
    if (replica.applySnapshot(snapshot, { force })) listeners.onRoom([]);
  };

  const takeCommit = (message: RoomEventMessage) => {
    const applied = replica.applyCommit(message);
    if (applied.length > 0) listeners.onRoom(applied);
    if (replica.needsSync) scheduleSync(PATIENCE_MS);
  };

  const tell: Session['tell'] = (name, body, ack) => {
    if (state !== 'down') options.emit(name, body, ack ?? (() => {}));
  };

  const on: { [N in keyof SessionServerEvents]: (body: Parameters<SessionServerEvents[N]>[0]) => void } = {
    'room:snapshot': (snapshot) => {
      // The first of a connection is the truth, even if it is older than what was shown (a restored backup).
      const isFirst = state !== 'live';
      takeSnapshot(snapshot, isFirst);
      if (isFirst) {
        enter('live');
        listeners.onRoom([]);
        if (replica.needsSync) scheduleSync(PATIENCE_MS);
      }
    },
    'room:event': takeCommit,
    'voice:status': (status) => {
      replica.applyVoice(status);
      listeners.onRoom([]);
    },
    'connection:replaced': () => listeners.onReplaced(),
  };

  return {
    replica,
    get live() {
      return state === 'live';
    },
    get pendingCommands() {
      return queue.size;
    },
    send: queue.send,
    up() {
      enter('waiting');
      replica.forgetAhead();
      queue.resume();
    },
    down() {
      enter('down');
      queue.pause();
    },
    message(name, body) {
      if (Object.hasOwn(on, name)) (on as Record<string, (body: unknown) => void>)[name]?.(body);
    },
    tell,
    noteVersion(version) {
      if (state === 'live' && replica.noteVersion(version)) scheduleSync(PATIENCE_MS);
    },
    refuseAll: (code) => queue.refuseAll(code),
  };
};
