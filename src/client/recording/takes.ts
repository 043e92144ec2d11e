// All takes of one participant in this browser: those being written, and those that earlier page loads left. Each is held by
// one tab until it is over. Knows no microphone.

import type { KeptRecording, UploadProgress } from '../client-state.ts';
import type { LocalTime } from '../clock/local-time.ts';
import { withinLimit } from '../clock/time-limit.ts';
import type { CommandQueue } from '../session/command-queue.ts';
import type { Slice } from './capture.ts';
import type { RecordingUpload } from './recording-upload.ts';
import { createSafeSpool, type SafeSpool } from './safe-spool.ts';
import type { Spool, SpooledTake } from './spool.ts';
import { createTake, type Take, type TakeState } from './take.ts';
import { holdTake, lockTake, type Release } from './take-lock.ts';

export interface TakeWriter {
  add(slice: Slice): void;
  /** Something was captured and cannot be had. */
  lose(reason: string): void;
  /** Resolves when the last slice is on its way. */
  finish(): Promise<void>;
}

export type TakesProgress = Omit<UploadProgress, 'capturing' | 'complete'>;

export interface Takes {
  readonly progress: TakesProgress;
  begin(take: Pick<SpooledTake, 'owner' | 'mimeType' | 'capturedAt'>): TakeWriter;
  /** Sends what earlier page loads of this participant left. */
  recover(owner: string): void;
  /** The network may be back. */
  retryNow(): void;
  /** Asks once more for what the server has refused for good. */
  sendAgain(): Promise<void>;
  /** What is not on the server, as files. */
  kept(): Promise<KeptRecording[]>;
  /** This page has lost its place to another tab: that one may send what could not even be announced here. */
  yieldUnannounced(): void;
}

/** Of a slice of some 12 kB out of the browser's hands. */
const READ_LIMIT_MS = 2_000;

interface Entry {
  take: Take;
  release: Release;
}

export const createTakes = (options: {
  readonly time: LocalTime;
  readonly createId: () => string;
  readonly send: CommandQueue['send'];
  readonly createUpload: (recordingId: string) => RecordingUpload;
  readonly onProgress: () => void;
  /** Default: the browser's database. */
  readonly openSpool?: () => Promise<Spool>;
}): Takes => {
  const { time, createId, onProgress } = options;
  // Opened when first needed: a page that never records asks for no storage.
  let opened: SafeSpool | undefined;
  const spool = (): SafeSpool => {
    opened ??= createSafeSpool(time, options.openSpool);
    return opened;
  };
  const entries = new Map<string, Entry>();
  /** Found in the spool, in the hands of another tab. */
  const awaited = new Set<string>();
  /** Found in the spool, and the browser does not give what is in them. They stay there: nothing may be concluded from it. */
  const unread = new Map<string, SpooledTake>();
  let looking = 0;

  const open = (take: SpooledTake, left: Awaited<ReturnType<SafeSpool['chunks']>>, release: Release): Take => {
    const created = createTake({ ...options, take, left, spool: spool(), onOver: release });
    entries.set(take.takeId, { take: created, release });
    onProgress();
    return created;
  };

  /** The lock is ours: the spool says what there is of it now, which is all that there will be. */
  const takeOver = async (found: SpooledTake, release: Release) => {
    const { owner, takeId } = found;
    unread.delete(takeId);
    try {
      const [current] = (await spool().takes(owner)).filter((one) => one.takeId === takeId);
      if (!current || entries.has(takeId)) return release();
      open(current, await spool().chunks(takeId), release).end();
    } catch {
      unread.set(takeId, found);
      release();
    }
  };

  const waitFor = async (found: SpooledTake, freed: Promise<Release>) => {
    awaited.add(found.takeId);
    onProgress();
    const release = await freed.catch(() => () => {});
    await takeOver(found, release);
    awaited.delete(found.takeId);
    onProgress();
  };

  const look = async (owner: string) => {
    looking += 1;
    for (const found of await spool()
      .takes(owner)
      .catch(() => [])) {
      if (entries.has(found.takeId) || awaited.has(found.takeId)) continue;
      const lock = await lockTake(time, found.takeId);
      if ('release' in lock) await takeOver(found, lock.release);
      else void waitFor(found, lock.freed);
    }
    looking -= 1;
    onProgress();
  };

  const inState = (state: TakeState): Entry[] =>
    [...entries.values()].filter(({ take }) => take.progress.state === state);

  return {
    get progress() {
      const all = [...entries.values()].map(({ take }) => take.progress);
      const sum = (field: 'queuedChunks' | 'queuedBytes' | 'uploadedChunks') =>
        all.reduce((total, progress) => total + progress[field], 0);
      // A refusal can still be helped, a loss cannot.
      const failed = all.filter((progress) => progress.failure);
      const failure = (failed.find(({ state }) => state === 'kept') ?? failed[0])?.failure;
      return {
        queuedChunks: sum('queuedChunks'),
        queuedBytes: sum('queuedBytes'),
        uploadedChunks: sum('uploadedChunks'),
        sending: looking > 0 || awaited.size > 0 || all.some(({ state }) => state === 'sending'),
        keptTakes: all.filter(({ state }) => state === 'kept').length + unread.size,
        lacking: all.some(({ state }) => state === 'lacking'),
        ...(failure ? { failure } : {}),
      };
    },
    begin(begun) {
      const takeId = createId();
      const take = open({ ...begun, takeId, commandId: createId() }, [], holdTake(takeId));
      let slices: Promise<void> = Promise.resolve();
      return {
        add({ bytes, startedAt, endedAt }) {
          slices = slices.then(async () => {
            try {
              const content = new Uint8Array(await withinLimit(time, READ_LIMIT_MS, () => bytes.arrayBuffer()));
              take.add({ bytes: content, startedAt, endedAt });
            } catch (error) {
              take.lose(String(error));
            }
          });
        },
        lose: (reason) => take.lose(reason),
        async finish() {
          await slices;
          take.end();
        },
      };
    },
    recover(owner) {
      void look(owner);
      void spool().openedLate.then(() => look(owner));
    },
    retryNow() {
      for (const { take } of entries.values()) take.retryNow();
    },
    async sendAgain() {
      for (const { take } of inState('kept')) {
        const chunks = await spool()
          .chunks(take.spooled.takeId)
          .catch(() => undefined);
        if (chunks) open(take.spooled, chunks, holdTake(take.spooled.takeId)).end();
      }
      for (const owner of new Set([...unread.values()].map((take) => take.owner))) await look(owner);
    },
    async kept() {
      const here = [...inState('kept'), ...inState('sending')].map(({ take }) => take.spooled);
      const files = await Promise.all(
        [...here, ...unread.values()].map(async ({ takeId, mimeType }) => {
          const chunks = await spool()
            .chunks(takeId)
            .catch(() => []);
          return {
            mimeType,
            startedAt: chunks[0]?.startedAt ?? 0,
            bytes: new Blob(
              chunks.map(({ bytes }) => bytes),
              { type: mimeType },
            ),
          };
        }),
      );
      return files.filter(({ bytes }) => bytes.size > 0);
    },
    yieldUnannounced() {
      for (const { take, release } of inState('sending')) if (take.spooled.recordingId === undefined) release();
    },
  };
};
