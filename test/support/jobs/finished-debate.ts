// A debate that is over, written the way the server writes it: journal, recordings, durable chunks, and the job in the outbox.
import { createHash, randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { RoomEvent } from '../../../src/protocol/room-events.ts';
import type { StudyInput } from '../../../src/protocol/study.ts';
import { chunkKeyOf } from '../../../src/recordings/chunk-key.ts';
import type { BlobStore, ChunkLedger } from '../../../src/recordings/ports.ts';
import type { Journal } from '../../../src/rooms/ports.ts';
import { seedRoom } from '../servers/database.ts';

export interface DebateStores {
  readonly pool: pg.Pool;
  readonly journal: Journal;
  readonly ledger: ChunkLedger;
  readonly blobs: Pick<BlobStore, 'put'>;
}

export interface SeededTake {
  readonly recordingId: string;
  readonly participantId: string;
  readonly path: string;
  /** What the speech service should receive. */
  readonly audio: Uint8Array;
  readonly digest: string;
  readonly clockOffMs: number;
}

export interface SeededDebate {
  readonly roomId: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly takes: readonly SeededTake[];
}

export interface DebateOptions {
  readonly content?: Partial<StudyInput>;
  readonly nicknames?: readonly string[];
  /** Seats whose recording is not completed; their last chunk is missing too. */
  readonly unfinished?: readonly number[];
  /** Seats that the host removed in mid-debate. */
  readonly removed?: readonly number[];
  readonly mimeType?: string;
  /** Bytes of each chunk; two chunks a take. */
  readonly chunkBytes?: number;
  readonly endedAgoMs?: number;
  /** By seat: how far the clock that stamps its chunks is ahead of the room's. */
  readonly clockOffMs?: readonly number[];
  /** The audio of a seat, cut into two chunks; undefined: made up. */
  readonly audioOf?: (seat: number) => Uint8Array | undefined;
  readonly debateMs?: number;
}

export const DEBATE_MS = 60_000;

const CONTENT: StudyInput = {
  title: 'Cars in the city',
  language: 'en',
  pages: [
    { title: 'Opening', questions: [{ id: 'q1', prompt: 'Fewer cars?', kind: 'single', options: ['yes', 'no'] }] },
    { title: 'Closing' },
  ],
};

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

const chunkBytesOf = (seat: number, index: number, size: number): Uint8Array =>
  new Uint8Array(Buffer.from(`take of seat ${seat}, chunk ${index}; `.repeat(Math.ceil(size / 10))).subarray(0, size));

export const storeChunk = async (
  { ledger, blobs }: DebateStores,
  take: Pick<SeededTake, 'recordingId' | 'path' | 'clockOffMs'>,
  chunk: { readonly index: number; readonly bytes: Uint8Array; readonly startedAt: number; readonly endedAt: number },
): Promise<void> => {
  const { index, bytes } = chunk;
  const startedAt = chunk.startedAt + take.clockOffMs;
  const endedAt = chunk.endedAt + take.clockOffMs;
  const receivedAt = chunk.endedAt + 50;
  const row = { index, digest: sha256Of(bytes), bytes: bytes.length, startedAt, endedAt, receivedAt };
  await blobs.put(chunkKeyOf(take.path, row), bytes);
  await ledger.addChunk(take.recordingId, row);
};

export const completeTake = async ({ ledger }: DebateStores, take: SeededTake, completedAt: number): Promise<void> => {
  const outcome = { chunkCount: 2, digest: take.digest, bytes: take.audio.length, completedAt };
  await ledger.complete(take.recordingId, outcome);
};

/** The second chunk of a take that was seeded as unfinished. */
export const finishTake = async (stores: DebateStores, debate: SeededDebate, seat: number): Promise<void> => {
  const take = debate.takes[seat];
  if (!take) throw new Error(`no take of seat ${seat}`);
  const half = Math.floor(take.audio.length / 2);
  const startedAt = (debate.startedAt + debate.endedAt) / 2;
  const bytes = take.audio.slice(half);
  await storeChunk(stores, take, { index: 1, bytes, startedAt, endedAt: debate.endedAt });
  await completeTake(stores, take, debate.endedAt);
};

export const askForJob = async (pool: pg.Pool, roomId: string, name: string, notBefore = Date.now()): Promise<void> => {
  await pool.query("INSERT INTO outbox (room_id, job, key, not_before) VALUES ($1, 'process_room', $2, $3)", [
    roomId,
    `${roomId}:${name}`,
    notBefore,
  ]);
};

export const seedFinishedDebate = async (stores: DebateStores, options: DebateOptions = {}): Promise<SeededDebate> => {
  const { nicknames = ['Mina', 'Joon', 'Sora'], unfinished = [], mimeType = 'audio/webm;codecs=opus' } = options;
  const chunkBytes = options.chunkBytes ?? 64;
  const endedAt = Date.now() - (options.endedAgoMs ?? 1_000);
  const startedAt = endedAt - (options.debateMs ?? DEBATE_MS);
  const definition = await seedRoom(stores.pool, {
    content: { ...CONTENT, ...options.content },
    createdAt: startedAt - 60_000,
  });
  const { roomId } = definition;
  const takes = nicknames.map((_, seat): SeededTake => {
    const made = new Uint8Array([...chunkBytesOf(seat, 0, chunkBytes), ...chunkBytesOf(seat, 1, chunkBytes)]);
    const audio = options.audioOf?.(seat) ?? made;
    const recordingId = randomUUID();
    const path = `rooms/${roomId}/${recordingId}`;
    const clockOffMs = options.clockOffMs?.[seat] ?? 0;
    return { recordingId, participantId: `${roomId}-p${seat}`, path, audio, digest: sha256Of(audio), clockOffMs };
  });
  const joined = takes.map((take, seat): RoomEvent => {
    const nickname = nicknames[seat] ?? '';
    return {
      type: 'participant_joined',
      participantId: take.participantId,
      seat,
      nickname,
      isHost: seat === 0,
      consent: [],
    };
  });
  const host = takes[0]?.participantId ?? '';
  const removals = takes
    .filter((_, seat) => options.removed?.includes(seat))
    .map(({ participantId }): RoomEvent => ({ type: 'participant_removed', participantId, by: host }));
  const events: RoomEvent[] = [
    ...joined,
    { type: 'debate_started', startedAt },
    { type: 'choice_submitted', participantId: host, questionId: 'q1', value: 'yes', revision: 1 },
    { type: 'page_turned', page: 1, turnsAt: startedAt + 20_000, by: host },
    ...removals,
    { type: 'debate_ended', reason: 'host', endedAt },
  ];
  const outcome = await stores.journal.append({
    roomId,
    commit: { version: 1, commitId: randomUUID(), at: endedAt, events },
    summary: { phase: 'ended', page: 1, startedAt, endedAt },
    newRecordings: takes.map(({ recordingId, participantId, path }) => {
      return { id: recordingId, participantId, take: 0, mimeType, path, startedAt };
    }),
    stoppedRecordings: takes.map(({ recordingId }) => ({ id: recordingId, endedAt })),
    jobs: [{ type: 'job', job: 'process_room', roomId, key: `${roomId}:ended`, notBefore: endedAt }],
  });
  if (outcome !== 'committed') throw new Error(`the seed was not committed: ${outcome}`);
  for (const [seat, take] of takes.entries()) {
    const bytes = take.audio.slice(0, Math.floor(take.audio.length / 2));
    const first = { index: 0, bytes, startedAt, endedAt: (startedAt + endedAt) / 2 };
    await storeChunk(stores, take, first);
    if (!unfinished.includes(seat)) await finishTake(stores, { roomId, startedAt, endedAt, takes }, seat);
  }
  return { roomId, startedAt, endedAt, takes };
};
