// One participant: the SDK's own session, replica, command queue, clock and reconnect policy over an in-memory link that
// delays, loses and doubles messages and breaks. Within one connection messages stay in order, as on any real one; what was
// on its way when it broke may still arrive after what a newer connection sends.
import { isDeepStrictEqual } from 'node:util';
import { createRoomClock } from '../../src/client/clock/clock.ts';
import { createClockSync } from '../../src/client/clock/clock-sync.ts';
import type { CommandResult } from '../../src/client/session/command-queue.ts';
import { createReconnectPolicy } from '../../src/client/session/reconnect-policy.ts';
import { createSession } from '../../src/client/session/session.ts';
import type { RoomEventMessage, RoomView } from '../../src/protocol/room-view.ts';
import {
  FINAL_CONNECT_CODES,
  SESSION_NAMESPACE,
  type SessionBody,
  type SessionCommandName,
} from '../../src/protocol/session-messages.ts';
import type { Link, MemoryClient } from '../support/room/memory-sockets.ts';
import type { VirtualTime } from '../support/room/virtual-time.ts';
import type { FuzzServers } from './fuzz-servers.ts';

export interface LinkFaults {
  /** Chances per message, 0 to 1. */
  loss: number;
  double: number;
  /** Of announcements alone. */
  eventLoss: number;
  maxDelayMs: number;
}

/** As in the SDK (session/connection.ts). */
const CONNECT_TIMEOUT_MS = 6_000;
const KICK_PATIENCE_MS = 1_000;

export interface Sent {
  readonly name: SessionCommandName;
  readonly commandId: string;
  result: CommandResult<object> | undefined;
}

export interface Counts {
  lost: number;
  doubled: number;
  late: number;
  lostAnnouncements: number;
  drops: number;
  gapsHealed: number;
  repeats: number;
}

export const createSimulatedClient = (options: {
  readonly participantId: string;
  readonly servers: FuzzServers;
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly link: LinkFaults;
  readonly counts: Counts;
}) => {
  const { participantId, servers, time, random, link, counts } = options;
  const sent: Sent[] = [];
  const sendings = new Map<string, number>();
  const problems: string[] = [];
  let current: MemoryClient | undefined;
  let isUp = false;
  let cancelTimer = () => {};
  let attempt = 0;
  let lostAt = 0;
  let refused = false;
  let lastApplied = 0;
  let nextId = 0;
  let awayUntil = 0;

  /** Carries one connection's messages. What is on its way when it breaks may arrive after what the next one sends. */
  const createLink = (isCurrent: () => boolean): Link => {
    const arrivesAt = { server: 0, client: 0 };
    const carry = (to: 'server' | 'client', arrive: () => void): number => {
      const at = Math.max(time.now() + 1 + random() * link.maxDelayMs, arrivesAt[to] + 0.001);
      arrivesAt[to] = at;
      time.after(at - time.now(), arrive);
      return at;
    };
    const deliver = (to: 'server' | 'client', name: string, arrive: () => void): void => {
      // Socket.IO's own messages are not lost without the connection.
      if (name === 'connect' || name === 'disconnect') {
        carry(to, arrive);
        return;
      }
      if (random() < link.loss) {
        counts.lost += 1;
        return;
      }
      const at = carry(to, arrive);
      if (random() >= link.double) return;
      counts.doubled += 1;
      time.after(at - time.now() + 0.0005, arrive);
    };
    return {
      toServer: (arrive, name) =>
        deliver('server', name, () => {
          if (!isCurrent()) counts.late += 1;
          arrive();
        }),
      toClient(arrive, name) {
        if (name === 'room:event' && random() < link.eventLoss) counts.lostAnnouncements += 1;
        else deliver('client', name, arrive);
      },
      closed(at, arrive) {
        // The server learns of it a little later, or much later when the other side just vanished.
        if (at === 'server') time.after(random() * 800, arrive);
        else carry('client', arrive);
      },
    };
  };

  const down = () => {
    if (!isUp) return;
    isUp = false;
    counts.drops += 1;
    session.down();
    clockSync.stop();
  };

  const lost = () => {
    const old = current;
    current = undefined;
    cancelTimer();
    old?.vanish();
    if (isUp) {
      attempt = 0;
      lostAt = time.now();
    }
    down();
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
    const server = time.now() < awayUntil ? undefined : servers.anyServer();
    if (!server) return retry();
    const ifCurrent = (run: () => void) => () => {
      if (current === client) run();
    };
    const client = server.connect(SESSION_NAMESPACE, {
      auth: { token: participantId },
      link: createLink(() => current === client),
      handlers: {
        up: () => ifCurrent(up)(),
        message: (name, body) => ifCurrent(() => session.message(name, body))(),
        down: (isFinal) => ifCurrent(() => (isFinal ? kicked() : lost()))(),
        refused: (code) => ifCurrent(() => refuse(code))(),
      },
    });
    current = client;
    cancelTimer = time.after(CONNECT_TIMEOUT_MS, ifCurrent(lost));
  };

  const up = () => {
    isUp = true;
    attempt = 0;
    cancelTimer();
    session.up();
    clockSync.start();
  };

  /** As the SDK does: the server may say yet why. */
  const kicked = () => {
    const old = current;
    down();
    cancelTimer();
    cancelTimer = time.after(KICK_PATIENCE_MS, () => {
      if (current === old) lost();
    });
  };

  const refuse = (code: string | undefined) => {
    const final = FINAL_CONNECT_CODES.find((each) => each === code);
    if (!final) return lost();
    refused = true;
    current = undefined;
    session.refuseAll(final);
  };

  const emit = (name: string, body: unknown, ack: (answer: never) => void = () => {}) => {
    const connection = current;
    if (!connection || !isUp) return;
    const { commandId } = body as { commandId?: string };
    if (commandId !== undefined) {
      const times = (sendings.get(commandId) ?? 0) + 1;
      sendings.set(commandId, times);
      if (times > 1) counts.repeats += 1;
    }
    connection.emit(name, body, (answer) => {
      if (current === connection) ack(answer as never);
    });
  };

  /** Commits that were missed come with the pages of all of them: those may be there before their turn, and none that nobody saw. */
  const isSeen = (seen: RoomView | undefined, version: number): boolean => {
    const due = servers.viewAt(version, participantId);
    const latest = servers.viewAt(servers.head().version, participantId);
    if (!seen || !due || !latest) return seen === due;
    const pages = latest.pages.slice(0, Math.max(due.pages.length, seen.pages.length));
    return isDeepStrictEqual(seen, { ...due, pages });
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
    if (!isSeen(session.replica.view, version)) problems.push(`${participantId} sees another room at ${version}`);
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
    listeners: { onRoom, onReplaced() {}, onRefused() {}, onPending() {}, onSilence: () => lost() },
  });
  const clock = createRoomClock(() => time.now(), 0);
  const clockSync = createClockSync({
    clock,
    time,
    random,
    ping: (answered) => session.tell('clock:ping', {}, (answer) => answer.ok && answered(answer)),
    report: () => {},
    onSample: (version) => session.noteVersion(version),
    onTimeout: () => lost(),
  });

  return {
    participantId,
    session,
    sent,
    connect,
    drop: () => isUp && lost(),
    /** The machine sleeps: longer than the grace period, the seat may be given up. */
    stayAway(ms: number) {
      awayUntil = time.now() + ms;
      lost();
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
