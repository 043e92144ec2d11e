// Whether Redis can be used, as far as this node knows. Owns the three states below, and the probes by which an outage ends;
// sends no command and opens no connection itself.
//
// up      At the start, and from `away` when a probe is answered. Commands go to Redis.
// away    From `up`: the connection failed, or a command got no answer in time. Every command fails at once, so that an outage
//         costs one time limit and not one per command. Redis is probed until it answers.
// closed  From both, for good: this process stops.
import assert from 'node:assert/strict';
import type { Logger } from 'pino';
import { GIVE_UP_CONNECTION_MS } from './open-client.ts';
import { reasonOf } from './redis-errors.ts';

type State = 'up' | 'away' | 'closed';

const ENTERED_FROM: Readonly<Record<State, readonly State[]>> = { up: ['away'], away: ['up'], closed: ['up', 'away'] };

const PROBE_EVERY_MS = 200;
/** Outages in quick succession (one shard of a cluster) are one outage to the log. */
const SAME_OUTAGE_MS = 10_000;

export interface Availability {
  isUp(): boolean;
  isClosed(): boolean;
  /** Redis could not be used: the outage begins, unless it has begun. */
  failed(error: unknown): void;
  onBack(callback: () => void): void;
  close(): void;
}

interface AvailabilityOptions {
  /** Rejects unless every server answers. */
  readonly probe: () => Promise<void>;
  /** Closes connections that are open and answer nothing; they are opened again. */
  readonly reconnect: () => void;
  readonly log: Logger;
}

export const createAvailability = ({ probe, reconnect, log }: AvailabilityOptions): Availability => {
  let state: State = 'up';
  const backCallbacks: (() => void)[] = [];
  let awaySince = 0;
  let reconnectedAt = 0;
  let cameBackAt = Number.NEGATIVE_INFINITY;
  let nextProbe: NodeJS.Timeout | undefined;

  const enter = (next: State): void => {
    assert.ok(ENTERED_FROM[next].includes(state), `Redis goes from ${state} to ${next}`);
    state = next;
    clearTimeout(nextProbe);
  };

  const probeAgain = async (): Promise<void> => {
    try {
      await probe();
    } catch {
      if (state !== 'away') return;
      nextProbe = setTimeout(probeAgain, PROBE_EVERY_MS);
      if (performance.now() - reconnectedAt < GIVE_UP_CONNECTION_MS) return;
      reconnectedAt = performance.now();
      reconnect();
      return;
    }
    if (state !== 'away') return;
    enter('up');
    cameBackAt = performance.now();
    const awayMs = Math.round(cameBackAt - awaySince);
    // A probe that is answered at once: a hiccup of this process more often than of Redis.
    if (awayMs > PROBE_EVERY_MS) log.info({ awayMs }, 'Redis is back');
    for (const callback of backCallbacks) callback();
  };

  return {
    isUp: () => state === 'up',
    isClosed: () => state === 'closed',
    failed(error) {
      if (state !== 'up') return;
      enter('away');
      awaySince = performance.now();
      reconnectedAt = awaySince;
      if (awaySince - cameBackAt > SAME_OUTAGE_MS) {
        log.warn({ reason: reasonOf(error) }, 'Redis is away: rooms are read from PostgreSQL');
      }
      void probeAgain();
    },
    onBack: (callback) => {
      backCallbacks.push(callback);
    },
    close: () => enter('closed'),
  };
};
