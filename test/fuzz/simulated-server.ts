// A server around the real room core: decides, appends, acks and announces like the real one, but loses announcements, can be
// killed at any moment (also between the commit and the ack), and starts again from its journal alone.
import type { RoomSnapshot, RoomView } from '../../src/protocol/room-view.ts';
import type { SessionBody, SessionCommandName } from '../../src/protocol/session-messages.ts';
import type { AnswerOf, CommandIdentity, CommandType, RoomCommand, StoredCommit } from '../../src/room/commands.ts';
import { nextDeadlineOf } from '../../src/room/deadlines.ts';
import { decide } from '../../src/room/decide.ts';
import { evolveCommit, fold } from '../../src/room/evolve.ts';
import { initialStateOf } from '../../src/room/initial-state.ts';
import type { RoomDefinition, RoomState } from '../../src/room/state.ts';
import { eventMessageOf, roomViewOf } from '../../src/room/view.ts';
import type { VirtualTime } from '../support/room/virtual-time.ts';

export interface ServerConnection {
  readonly participantId: string;
  readonly send: (name: string, body: unknown) => void;
  /** The server hangs up: 'cut' for good, 'lost' to come again. */
  readonly hangUp: (reason: 'cut' | 'lost') => void;
  open: boolean;
  welcomed: boolean;
  epoch?: number;
}

export interface Faults {
  lostAnnouncements: number;
  kills: number;
}

const COMMIT_MS = 15;

export const createSimulatedServer = (options: {
  readonly definition: RoomDefinition;
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly faults: Faults;
  readonly announcementLoss: () => number;
}) => {
  const { definition, time, random, faults } = options;
  const journal: StoredCommit[] = [];
  let states: RoomState[] = [initialStateOf(definition)];
  let connections = new Set<ServerConnection>();
  let boot = 0;
  let up = true;
  let lane: (() => void)[] = [];
  let busy = false;
  let cancelDeadline = () => {};
  let nextId = 0;
  let inFlight: (() => void) | undefined;

  const newId = (name: string) => {
    nextId += 1;
    return `${name}${nextId}`;
  };
  const now = () => Math.round(time.now());
  const head = (): RoomState => states[states.length - 1] ?? initialStateOf(definition);

  const arm = () => {
    cancelDeadline();
    const at = nextDeadlineOf(head());
    if (at !== undefined && up) cancelDeadline = time.after(at - time.now(), () => handle({ type: 'reach_deadline' }));
  };

  const announce = (commit: StoredCommit, before: RoomState, after: RoomState) => {
    for (const connection of connections) {
      if (!connection.welcomed) continue;
      if (random() < options.announcementLoss()) faults.lostAnnouncements += 1;
      else connection.send('room:event', eventMessageOf(commit, before, after, connection.participantId));
    }
    for (const event of commit.events) {
      if (event.type !== 'participant_removed') continue;
      for (const connection of connections) {
        if (connection.participantId === event.participantId) close(connection, 'cut');
      }
    }
  };

  const close = (connection: ServerConnection, reason: 'cut' | 'lost') => {
    connection.open = false;
    connections.delete(connection);
    connection.hangUp(reason);
  };

  const runLane = () => {
    const task = lane[0];
    if (busy || !task) return;
    busy = true;
    task();
  };
  const taskDone = () => {
    busy = false;
    lane.shift();
    runLane();
  };

  type Answered<Type extends CommandType> = (
    result: { ok: true; answer: AnswerOf<Type>; state: RoomState } | { ok: false; code: string },
  ) => void;

  const handle = <Type extends CommandType>(
    command: RoomCommand<Type>,
    identity?: CommandIdentity,
    answered: Answered<Type> = () => {},
  ) => {
    const ofBoot = boot;
    lane.push(() => {
      const state = head();
      const at = now();
      const decision = decide(state, command, at, identity);
      if (!decision.ok) {
        answered({ ok: false, code: decision.refusal.code });
        return taskDone();
      }
      if (decision.repeated || (decision.events.length === 0 && !identity)) {
        answered({ ok: true, answer: decision.answer, state });
        return taskDone();
      }
      const commit: StoredCommit = {
        version: state.version + 1,
        commitId: newId('commit'),
        at,
        events: decision.events,
        ...(identity ? { command: { ...identity, answer: decision.answer } } : {}),
      };
      const append = () => {
        journal.push(commit);
        states.push(evolveCommit(state, commit));
      };
      const cancel = time.after(random() * COMMIT_MS, () => {
        if (ofBoot !== boot) return;
        inFlight = undefined;
        append();
        announce(commit, state, head());
        answered({ ok: true, answer: decision.answer, state: head() });
        arm();
        taskDone();
      });
      // A kill finds the commit before or after it became durable.
      inFlight = () => {
        cancel();
        if (random() < 0.5) append();
      };
    });
    runLane();
  };

  const snapshotOf = (state: RoomState, participantId: string): RoomSnapshot => ({
    version: state.version,
    serverTime: time.now(),
    room: roomViewOf(state, participantId, new Map()),
  });

  const commandOf = (name: SessionCommandName, body: SessionBody<SessionCommandName>, by: string): RoomCommand => {
    const fields = body as Record<string, never>;
    switch (name) {
      case 'page:turn':
        return { type: 'turn_page', by, leadMs: 60, ...(fields as unknown as SessionBody<'page:turn'>) } as RoomCommand;
      case 'choice:submit':
        return { type: 'submit_choice', by, ...(fields as unknown as SessionBody<'choice:submit'>) } as RoomCommand;
      case 'recording:start':
        return { type: 'start_recording', by, recordingId: newId('rec'), path: 'p', mimeType: 'audio/webm' };
      case 'recording:stop':
        return { type: 'stop_recording', by, ...(fields as unknown as SessionBody<'recording:stop'>) };
      case 'participant:mute':
        return { type: 'mute', by, ...(fields as unknown as SessionBody<'participant:mute'>) };
      case 'participant:unmute':
        return { type: 'unmute', by };
      case 'participant:remove':
        return { type: 'remove', by, ...(fields as unknown as SessionBody<'participant:remove'>) };
      case 'debate:end':
        return { type: 'end', by };
    }
  };

  const telemetry = (name: string, body: unknown, connection: ServerConnection): object => {
    if (name === 'clock:ping') return { ok: true, serverTime: time.now(), version: head().version };
    if (name !== 'room:sync') return { ok: true };
    const { since } = body as { since: number };
    if (head().version - since > 20) return { ok: true, snapshot: snapshotOf(head(), connection.participantId) };
    const commits = journal.slice(since).map((commit, index) => {
      const [before, after] = [states[since + index], states[since + index + 1]];
      if (!before || !after) throw new Error('the journal and its states differ');
      return eventMessageOf(commit, before, after, connection.participantId);
    });
    return { ok: true, commits };
  };

  return {
    journal,
    get up() {
      return up;
    },
    head,
    /** What a participant has to see at that version. */
    viewAt(version: number, participantId: string): RoomView | undefined {
      const state = states[version];
      return state && roomViewOf(state, participantId, new Map());
    },
    join(participantId: string) {
      handle({ type: 'join', participantId, nickname: participantId, consent: [] });
    },
    /** False: this participant may never connect again. */
    open(connection: ServerConnection): boolean {
      const { participantId } = connection;
      if (!decide(head(), { type: 'connect', by: participantId, bootId: '' }, now()).ok) return false;
      connections.add(connection);
      handle({ type: 'connect', by: participantId, bootId: `boot${boot}` }, undefined, (result) => {
        if (!result.ok) return close(connection, 'cut');
        connection.epoch = result.answer.epoch;
        if (!connection.open) return disconnect(connection);
        for (const other of [...connections]) {
          if (other !== connection && other.participantId === participantId && other.welcomed) close(other, 'lost');
        }
        connection.welcomed = true;
        connection.send('room:snapshot', snapshotOf(result.state, participantId));
      });
      return true;
    },
    disconnect,
    receive(connection: ServerConnection, name: string, body: unknown, ack: (answer: object) => void) {
      if (!up) return;
      if (!COMMANDS.has(name)) return ack(telemetry(name, body, connection));
      const { commandId, ...rest } = body as { commandId: string };
      const { participantId } = connection;
      const identity = { participantId, commandId, digest: `${name} ${JSON.stringify(rest)}` };
      const command = commandOf(name as SessionCommandName, rest, participantId);
      handle(command, identity, (result) =>
        ack(
          result.ok
            ? { ok: true, ...result.answer }
            : { ok: false, error: { code: result.code, message: result.code, retryable: result.code === 'busy' } },
        ),
      );
    },
    /** SIGKILL: nothing is said to anybody, the machine closes the sockets. */
    kill() {
      if (!up) return;
      faults.kills += 1;
      up = false;
      inFlight?.();
      inFlight = undefined;
      boot += 1;
      lane = [];
      busy = false;
      cancelDeadline();
      const dead = connections;
      connections = new Set();
      for (const connection of dead) {
        connection.open = false;
        connection.hangUp('lost');
      }
    },
    start() {
      if (up) return;
      up = true;
      // Only the journal survives.
      states = [initialStateOf(definition)];
      for (const commit of journal) states.push(evolveCommit(head(), commit));
      for (let old = 0; old < boot; old += 1) handle({ type: 'lose_connections', bootId: `boot${old}` });
      handle({ type: 'reach_deadline' });
      arm();
    },
    replayed: () => fold(definition, journal),
  };

  function disconnect(connection: ServerConnection) {
    connection.open = false;
    connections.delete(connection);
    if (connection.epoch !== undefined && up) {
      handle({ type: 'disconnect', by: connection.participantId, epoch: connection.epoch });
    }
  }
};

const COMMANDS: ReadonlySet<string> = new Set([
  'page:turn',
  'choice:submit',
  'recording:start',
  'recording:stop',
  'participant:mute',
  'participant:unmute',
  'participant:remove',
  'debate:end',
]);

export type SimulatedServer = ReturnType<typeof createSimulatedServer>;
