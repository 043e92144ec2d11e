// One participant: the SDK's own session, replica, command queue, clock and reconnect policy over an in-memory link that
// delays, loses and doubles messages and breaks. Within one connection messages stay in order, as on any real one; what was
// on its way when it broke may still arrive after what a newer connection sends.
import { isDeepStrictEqual } from 'node:util';
import { createRoomClock } from '../../src/client/clock/clock.ts';
import { createClockSync } from '../../src/client/clock/clock-sync.ts';
import type { CommandResult } from '../../src/client/session/command-queue.ts';
import { createReconnectPolicy } from '../../src/client/session/reconnect-policy.ts';
import { createSession } from '../../src/client/session/session.ts';
import type { RoomEventMessage } from '../../src/protocol/room-view.ts';
import type { SessionBody, SessionCommandName } from '../../src/protocol/session-messages.ts';
import type { VirtualTime } from '../support/room/virtual-time.ts';
import type { ServerConnection, SimulatedServer } from './simulated-server.ts';

export interface LinkFaults {
  /** Chances per message, 0 to 1. */
  loss: number;
  double: number;
  maxDelayMs: number;
}

export interface Sent {
  readonly name: SessionCommandName;
  readonly commandId: string;
  result: CommandResult<object> | undefined;
}

export interface Counts {
  lost: number;
  doubled: number;
  late: number;
  drops: number;
  gapsHealed: number;
  repeats: number;
}

export const createSimulatedClient = (options: {
  readonly participantId: string;
  readonly server: SimulatedServer;
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly link: LinkFaults;
  readonly counts: Counts;
}) => {
  const { participantId, server, time, random, link, counts } = options;
  const sent: Sent[] = [];
  const sendings = new Map<string, number>();
  const problems: string[] = [];
  let current: ServerConnection | undefined;
  let toServerAt = 0;
  let toClientAt = 0;
  let attempt = 0;
  let lostAt = 0;
  let refused = false;
  let lastApplied = 0;
  let nextId = 0;
  let awayUntil = 0;

  const deliver = (direction: 'server' | 'client', run: () => void) => {
    if (random() < link.loss) {
      counts.lost += 1;
      return;
    }
    const at = time.now() + 1 + random() * link.maxDelayMs;
    const inOrder = Math.max(at, (direction === 'server' ? toServerAt : toClientAt) + 0.001);
    if (direction === 'server') toServerAt = inOrder;
    else toClientAt = inOrder;
    time.after(inOrder - time.now(), run);
    if (random() >= link.double) return;
    counts.doubled += 1;
    time.after(inOrder - time.now() + 0.0005, run);
  };

  const hangUp = () => {
    const old = current;
    if (!old) return;
    current = undefined;
    counts.drops += 1;
    session.down();
    clockSync.stop();
    // The server learns of it a little later, or much later when the other side just vanished.
    time.after(random() * 800, () => {
      if (old.open) server.disconnect(old);
    });
    attempt = 0;
    lostAt = time.now();
    retry();
  };

  const retry = () => {
    if (refused) return;
    const delay = policy.nextDelayMs(attempt, time.now() - lostAt);
    attempt += 1;
    if (delay !== null) time.after(delay, connect);
  };

  const connect = () => {
    if (current || refused) return;
    if (!server.up || time.now() < awayUntil) return retry();
    const connection: ServerConnection = {
      participantId,
      open: true,
      welcomed: false,
      send: (name, body) => deliver('client', () => current === connection && session.message(name, body)),
      hangUp() {
        if (current === connection) hangUp();
      },
    };
    // A message of a connection that is gone may come in after those of the next one: each has an order of its own.
    toServerAt = 0;
    toClientAt = 0;
    if (!server.open(connection)) {
      refused = true;
      session.refuseAll('removed');
      return;
    }
    current = connection;
    attempt = 0;
    session.up();
    clockSync.start();
  };

  const emit = (name: string, body: unknown, ack: (answer: never) => void = () => {}) => {
    const connection = current;
    if (!connection) return;
    const { commandId } = body as { commandId?: string };
    if (commandId !== undefined) {
      const times = (sendings.get(commandId) ?? 0) + 1;
      sendings.set(commandId, times);
      if (times > 1) counts.repeats += 1;
    }
    deliver('server', () => {
      if (current !== connection) counts.late += 1;
      server.receive(connection, name, body, (answer) => {
        deliver('client', () => {
          if (current === connection) ack(answer as never);
        });
      });
    });
  };

  const onRoom = (commits: readonly RoomEventMessage[]) => {
    const { version } = session.replica;
    for (const commit of commits) {
      if (commit.version !== lastApplied + 1) problems.push(`applied ${commit.version} after ${lastApplied}`);
      lastApplied = commit.version;
    }
    if (version < lastApplied) problems.push(`went back from ${lastApplied} to ${version}`);
    if (commits.length > 1) counts.gapsHealed += 1;
    lastApplied = version;
    if (!isDeepStrictEqual(session.replica.view, server.viewAt(version, participantId))) {
      problems.push(`${participantId} sees another room at ${version}`);
    }
  };

  const policy = createReconnectPolicy(random);
  const session = createSession({
    time,
    random,
    createId() {
      nextId += 1;
      return `${participantId}-c${nextId}`;
    },
    emit,
    listeners: { onRoom, onReplaced() {}, onRefused() {}, onPending() {}, onSilence: hangUp },
  });
  const clock = createRoomClock(() => time.now(), 0);
  const clockSync = createClockSync({
    clock,
    time,
    random,
    ping: (answered) => session.tell('clock:ping', {}, (answer) => answer.ok && answered(answer)),
    report: () => {},
    onSample: (version) => session.noteVersion(version),
    onTimeout: hangUp,
  });

  return {
    participantId,
    session,
    sent,
    connect,
    drop: hangUp,
    /** The machine sleeps: longer than the grace period, the seat may be given up. */
    stayAway(ms: number) {
      awayUntil = time.now() + ms;
      hangUp();
    },
    get refused() {
      return refused;
    },
    problems,
    send(name: SessionCommandName, body: Readonly<Record<string, unknown>>) {
      nextId += 1;
      const commandId = `${participantId}-c${nextId}`;
      const entry: Sent = { name, commandId, result: undefined };
      sent.push(entry);
      const full = { ...body, commandId } as SessionBody<SessionCommandName>;
      void session.send(name, full).then((result) => {
        entry.result = result;
      });
    },
  };
};

export type SimulatedClient = ReturnType<typeof createSimulatedClient>;
