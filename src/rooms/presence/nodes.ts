// Which server processes (nodes) are alive, and may hold connections. A node that runs alone knows that all others are gone. Among
// many, each writes a mark to the list of nodes once a second, and declares dead a node whose mark has not changed for long enough.
// That time is measured by the watcher's own monotonic clock, and only while it could read the list: after an outage of the
// database, or a pause of its own, every node gets the whole time again. [NO1] [NO2] [NO3]
import type { Logger } from 'pino';
import type { Clock, Timers } from '../ports.ts';
import type { NodeRegistry } from './ports.ts';

const BEAT_EVERY_MS = 1_000;
/** With the second until the next look, and the commits that follow, people on a dead node are declared lost within ten seconds. */
const DEAD_AFTER_MS = 7_000;
/** Looking less often than this is not watching. */
const BLIND_AFTER_MS = 3_000;
const MAX_REMEMBERED = 1_000;

export interface Nodes {
  /** The id with which the connections of this process are committed. It changes when others have declared this process dead. */
  bootId(): string;
  /** True when it is known that no process with this id can hold a connection any more. */
  isDead(bootId: string): boolean;
  /** This id was seen in a room: when it is not in the list at the next look either, its process is dead. */
  askAfter(bootId: string): void;
  /** Whether events may be committed that need this vocabulary: false while a node lives that could not read them. */
  allows(vocabulary: number): Promise<boolean>;
}

export interface WatchedNodes extends Nodes {
  /** Registers this process; resolves when it has looked around for the first time. */
  start(): Promise<void>;
  /** Takes this process out of the list. */
  stop(): Promise<void>;
  /** Called when processes are known to be dead that may have left connections behind. */
  onDeath(callback: (bootIds: readonly string[]) => void): void;
  /** Called when processes are known to be gone, in good order or not: they hold nothing any more. */
  onGone(callback: (bootIds: readonly string[]) => void): void;
  /** Called when others have declared this process dead: its connections no longer count. */
  onDeclaredDead(callback: () => void): void;
}

interface NodesOptions {
  readonly registry: NodeRegistry;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly timers: Timers;
  readonly newId: () => string;
  /** Asks the whole list, and holds for those who come later. */
  readonly agree: AgreeOnVocabulary;
  readonly log: Logger;
}

type AgreeOnVocabulary = (vocabulary: number) => Promise<boolean>;

/** What was agreed stays so: only more than that is asked for. */
const createAllows = (agree: AgreeOnVocabulary, onRefused: (vocabulary: number) => void): Nodes['allows'] => {
  let agreed = 1;
  return async (vocabulary) => {
    if (vocabulary <= agreed) return true;
    if (!(await agree(vocabulary))) {
      onRefused(vocabulary);
      return false;
    }
    agreed = Math.max(agreed, vocabulary);
    return true;
  };
};

/** The lock on the database says that no other server runs: whatever another boot held is gone. */
export const createLoneNode = (bootId: string, agree: AgreeOnVocabulary): Nodes => ({
  bootId: () => bootId,
  isDead: (id) => id !== bootId,
  askAfter: () => {},
  allows: createAllows(agree, () => {}),
});

export const createNodes = ({ registry, clock, timers, newId, agree, log }: NodesOptions): WatchedNodes => {
  let bootId = newId();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let cancelBeat = (): void => {};
  let beating: Promise<void> = Promise.resolve();
  let stopped = false;
  let isRefusalLogged = false;
  /** Mark of each process in the list, and since when it has not changed. */
  const listed = new Map<string, { readonly mark: number; readonly since: number }>();
  /** No boot id comes back: once gone, always gone. */
  const dead = new Set<string>();
  /** Seen in a room and not in the list: they may be newer than the last look. */
  const unknown = new Set<string>();
  const goneCallbacks: ((bootIds: readonly string[]) => void)[] = [];
  const deathCallbacks: ((bootIds: readonly string[]) => void)[] = [];
  const declaredDeadCallbacks: (() => void)[] = [];

  const remember = (id: string): void => {
    dead.add(id);
    const [oldest] = dead;
    if (dead.size > MAX_REMEMBERED && oldest !== undefined) dead.delete(oldest);
  };

  const rejoin = async (): Promise<void> => {
    log.warn({ bootId }, 'the other nodes have declared this one dead: its connections are closed and come again');
    const next = newId();
    // Before it is used: an id that stands in a room and in no list is dead to the others.
    await registry.register(next);
    remember(bootId);
    bootId = next;
    for (const callback of declaredDeadCallbacks) callback();
  };

  /** Looks for those who have just died, and for those who are just missing. */
  const judge = async (
    marks: ReadonlyMap<string, number>,
    asked: readonly string[],
  ): Promise<{ died: string[]; missing: string[] }> => {
    const now = clock.monotonic();
    if (now - lookedAt > BLIND_AFTER_MS) {
      // A node may have died meanwhile: all that were listed are asked after.
      for (const id of listed.keys()) unknown.add(id);
      listed.clear();
    }
    lookedAt = now;
    // Of an earlier run, or it died and no node has looked after its rooms since.
    const died = asked.filter((id) => !marks.has(id));
    // Stopped in good order, or declared dead by a node that looks after its rooms.
    const missing = [...listed.keys()].filter((id) => !marks.has(id));
    for (const id of missing) listed.delete(id);
    for (const [id, mark] of marks) {
      const known = listed.get(id);
      if (known?.mark !== mark) listed.set(id, { mark, since: now });
      else if (id !== bootId && now - known.since >= DEAD_AFTER_MS && (await registry.declareDead(id, mark))) {
        log.warn({ deadBootId: id }, 'a node has stopped: its connections are declared lost');
        listed.delete(id);
        died.push(id);
      }
    }
    return { died, missing };
  };

  const beat = async (): Promise<void> => {
    // A process that is asked after from now on may be newer than what this look shows.
    const asked = [...unknown];
    const marks = await registry.beat(bootId);
    for (const id of asked) unknown.delete(id);
    if (!marks.has(bootId)) await rejoin();
    const { died, missing } = await judge(marks, asked);
    const gone = [...died, ...missing];
    for (const id of gone) remember(id);
    if (gone.length > 0) for (const callback of goneCallbacks) callback(gone);
    if (died.length > 0) for (const callback of deathCallbacks) callback(died);
  };

  const again = (): void => {
    beating = beat()
      .catch((error: unknown) => log.warn({ err: error }, 'this node could not write its mark to the list of nodes'))
      .then(() => {
        if (!stopped) cancelBeat = timers.after(BEAT_EVERY_MS, again);
      });
  };

  return {
    bootId: () => bootId,
    allows: createAllows(agree, (vocabulary) => {
      if (isRefusalLogged) return;
      isRefusalLogged = true;
      log.warn(
        { vocabulary },
        'a node of an older version is alive: commands that need newer events wait until it has gone',
      );
    }),
    isDead: (id) => id !== bootId && !listed.has(id) && dead.has(id),
    askAfter(id) {
      if (id !== bootId && !listed.has(id) && !dead.has(id)) unknown.add(id);
    },
    async start() {
      await registry.register(bootId);
      await beat();
      cancelBeat = timers.after(BEAT_EVERY_MS, again);
    },
    async stop() {
      stopped = true;
      cancelBeat();
      await beating;
      await registry.remove(bootId);
    },
    onDeath: (callback) => {
      deathCallbacks.push(callback);
    },
    onGone: (callback) => {
      goneCallbacks.push(callback);
    },
    onDeclaredDead: (callback) => {
      declaredDeadCallbacks.push(callback);
    },
  };
};
