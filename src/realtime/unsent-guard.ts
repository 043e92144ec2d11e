// Cuts sockets whose other end does not read, though it may show life and ask: what is sent to them piles up here. A large
// snapshot on a slow line is no such thing: it and as much again may wait.
import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import { UNSENT_BYTES } from '../protocol/ceilings.ts';

/** A connection of Engine.IO. */
type Outgoing = object;

/** What it and the WebSocket below it hold back; neither tells of it in its types. */
interface Waiting {
  readonly writeBuffer?: readonly { readonly data?: unknown }[];
  readonly transport?: { readonly socket?: { readonly bufferedAmount?: number; terminate(): void } };
}

export interface UnsentGuard {
  /** What waits now may wait, and as much again: a snapshot has just been sent. */
  allowSnapshot(outgoing: Outgoing): void;
  /** True when too much waited: the connection has been cut, and what waited is gone. */
  cut(outgoing: Outgoing): boolean;
}

const lengthOf = (data: unknown): number =>
  typeof data === 'string' ? data.length : data instanceof Uint8Array ? data.byteLength : 0;

const unsentOf = (outgoing: Outgoing): number => {
  const { writeBuffer = [], transport } = outgoing as Waiting;
  return writeBuffer.reduce((sum, { data }) => sum + lengthOf(data), transport?.socket?.bufferedAmount ?? 0);
};

export const createUnsentGuard = ({ registry, log }: { readonly registry: Registry; readonly log: Logger }) => {
  const cuts = new Counter({
    name: 'trialogue_unread_sockets_total',
    help: 'Sockets that were cut because their other end did not read what was sent.',
    registers: [registry],
  });
  const allowed = new WeakMap<Outgoing, number>();
  /** What had come from them before is still handed on. */
  const gone = new WeakSet<Outgoing>();
  const guard: UnsentGuard = {
    allowSnapshot(outgoing) {
      allowed.set(outgoing, Math.max(allowed.get(outgoing) ?? UNSENT_BYTES, 2 * unsentOf(outgoing)));
    },
    cut(outgoing) {
      if (gone.has(outgoing)) return true;
      const unsent = unsentOf(outgoing);
      if (unsent <= (allowed.get(outgoing) ?? UNSENT_BYTES)) return false;
      gone.add(outgoing);
      cuts.inc();
      log.warn({ unsent }, 'a socket was cut: its other end does not read');
      // Closing would first wait until all of it has been sent, or for half a minute.
      (outgoing as Waiting).transport?.socket?.terminate();
      return true;
    },
  };
  return guard;
};
