// A node among many. Each writes a mark to the list of nodes once a second, and declares dead a node whose mark has not changed for
// long enough (node-list.ts). A node that others have declared dead takes another id, and its connections come again. [NO1]
import type { Logger } from 'pino';
import type { Clock, Timers } from '../ports.ts';
import { createNodeList, type NodeList } from './node-list.ts';
import type { Nodes } from './nodes.ts';
import type { NodeRegistry } from './ports.ts';
import { type AgreeOnVocabulary, createVocabularyAgreement } from './vocabulary-agreement.ts';

const BEAT_EVERY_MS = 1_000;

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
  readonly agree: AgreeOnVocabulary;
  readonly log: Logger;
}

type Callbacks<Arguments extends readonly unknown[]> = ((...args: Arguments) => void)[];

/** Who has died, and who is gone, by what the list of nodes shows now. */
const judge = async (
  { registry, log }: NodesOptions,
  list: NodeList,
  read: { readonly marks: ReadonlyMap<string, number>; readonly asked: readonly string[]; readonly self: string },
): Promise<{ readonly died: string[]; readonly gone: string[] }> => {
  const { unlisted, missing, silent } = list.look(read.marks, read.asked);
  const died = [...unlisted];
  for (const { id, mark } of silent) {
    if (id === read.self || !(await registry.declareDead(id, mark))) continue;
    log.warn({ deadBootId: id }, 'a node has stopped: its connections are declared lost');
    died.push(id);
  }
  const gone = [...died, ...missing];
  for (const id of gone) list.noteGone(id);
  return { died, gone };
};

export const createNodes = (options: NodesOptions): WatchedNodes => {
  const { registry, clock, timers, newId, agree, log } = options;
  const list = createNodeList(clock);
  const stopping = new AbortController();
  const onGone: Callbacks<[readonly string[]]> = [];
  const onDeath: Callbacks<[readonly string[]]> = [];
  const onDeclaredDead: Callbacks<[]> = [];
  let bootId = newId();
  let cancelBeat = (): void => {};
  let beating: Promise<void> = Promise.resolve();

  const rejoin = async (): Promise<void> => {
    log.warn({ bootId }, 'the other nodes have declared this one dead: its connections are closed and come again');
    const next = newId();
    // Before it is used: an id that stands in a room and in no list is dead to the others.
    await registry.register(next);
    list.remember(bootId);
    bootId = next;
    for (const callback of onDeclaredDead) callback();
  };

  const beat = async (): Promise<void> => {
    const asked = list.askedAfter();
    const marks = await registry.beat(bootId);
    if (!marks.has(bootId)) await rejoin();
    const { died, gone } = await judge(options, list, { marks, asked, self: bootId });
    if (gone.length > 0) for (const callback of onGone) callback(gone);
    if (died.length > 0) for (const callback of onDeath) callback(died);
  };

  const again = (): void => {
    beating = beat()
      .catch((error: unknown) => log.warn({ err: error }, 'this node could not write its mark to the list of nodes'))
      .then(() => {
        if (!stopping.signal.aborted) cancelBeat = timers.after(BEAT_EVERY_MS, again);
      });
  };

  return {
    bootId: () => bootId,
    allows: createVocabularyAgreement(agree, (vocabulary) =>
      log.warn(
        { vocabulary },
        'a node of an older version is alive: commands that need newer events wait until it has gone',
      ),
    ),
    isDead: (id) => id !== bootId && list.isGone(id),
    askAfter(id) {
      if (id !== bootId) list.askAfter(id);
    },
    async start() {
      await registry.register(bootId);
      await beat();
      cancelBeat = timers.after(BEAT_EVERY_MS, again);
    },
    async stop() {
      stopping.abort();
      cancelBeat();
      await beating;
      await registry.remove(bootId);
    },
    onDeath: (callback) => void onDeath.push(callback),
    onGone: (callback) => void onGone.push(callback),
    onDeclaredDead: (callback) => void onDeclaredDead.push(callback),
  };
};
