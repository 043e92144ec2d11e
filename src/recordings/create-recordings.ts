// Everything about recordings behind one door: chunks in, whole tracks out, and what becomes of the files. Whoever serves
// recordings (http, the composition, tests) goes through here and knows neither the ledger nor the storage.
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Outcome } from '../protocol/outcome.ts';
import type { ParticipantRecordings, RecordingAnswer } from '../protocol/recording-answers.ts';
import type { RoomParticipantAnswer } from '../protocol/room-answers.ts';
import type { RoomState } from '../room/state.ts';
import type { Clock } from '../rooms/ports.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { type Audio, createAudioOf } from './audio.ts';
import { type CompletionRequest, createComplete } from './complete.ts';
import { createDiskReserve } from './disk-reserve.ts';
import { createEraseFiles } from './erase-files.ts';
import { type ChunkUpload, createIngest } from './ingest.ts';
import { debateSpanOf, placeTake } from './place-take.ts';
import type { ChunkLedger, RecordingStore, StoredRecording } from './ports.ts';
import { recordingAnswerOf } from './recording-answer.ts';
import { createRoomRecordings } from './room-recordings.ts';
import { createStorageCeilings } from './storage-ceilings.ts';
import { startTidying, type TidyOptions } from './tidy-storage.ts';
import { createUploadPace } from './upload-pace.ts';
import { createUploadStates } from './upload-states.ts';
import { createUploadTurns } from './upload-turns.ts';

export interface Recordings {
  get(id: string): Promise<StoredRecording | undefined>;
  /** Resolves when the chunk is durable, or was already. */
  ingest(upload: ChunkUpload): Promise<Outcome<'stored' | 'repeated'>>;
  /** Closes a recording whose chunks are all there; gives it as it is then. */
  complete(request: CompletionRequest): Promise<Outcome<StoredRecording>>;
  /** As the API shows it; undefined when its room is gone. */
  answerOf(recording: StoredRecording): Promise<RecordingAnswer | undefined>;
  audioOf(recording: StoredRecording): Promise<Audio>;
  /** Per participant: takes, coverage and gaps. */
  ofRoom(room: RoomState): Promise<ParticipantRecordings[]>;
  /** How far each participant's uploads are, by participant id; who has no recording is left out. */
  uploadsOf(roomId: string): Promise<ReadonlyMap<string, RoomParticipantAnswer['upload']>>;
  /** Whether new chunks are refused because the disk is nearly full: they wait in the browsers. */
  isStorageFull(): Promise<boolean>;
  /** Removes all files in these folders of recordings. */
  eraseFiles(folders: readonly string[]): Promise<void>;
  /** Removes what crashes have left in storage: now, and then every hour until the returned function is called. */
  startTidying(options: TidyOptions): () => Promise<void>;
}

interface RecordingsOptions {
  readonly ledger: ChunkLedger;
  readonly store: RecordingStore;
  readonly rooms: Pick<Rooms, 'handle' | 'state' | 'notice'>;
  readonly clock: Clock;
  /** For uploads that come too fast. */
  readonly pause: (ms: number) => Promise<unknown>;
  readonly metrics: Registry;
  readonly log: Logger;
}

export const createRecordings = (options: RecordingsOptions): Recordings => {
  const { ledger, store, rooms, clock, pause, metrics, log } = options;
  const { now, monotonic } = clock;
  const reserve = createDiskReserve({ space: store.space, monotonic });
  const ceilings = createStorageCeilings({ ledger, rooms, reserve, monotonic, metrics, log });
  const turns = createUploadTurns();
  const pace = createUploadPace({ monotonic, pause });
  const ingest = createIngest({ ledger, blobs: store, ceilings, turns, pace, now });

  return {
    get: (id) => ledger.recording(id),
    async ingest(upload) {
      const outcome = await ingest(upload);
      if (outcome.ok && outcome.value === 'stored') rooms.notice(upload.recording.roomId);
      return outcome;
    },
    complete: createComplete({ ledger, blobs: store, rooms, turns, now }),
    async answerOf(recording) {
      const [room, chunks] = await Promise.all([rooms.state(recording.roomId), ledger.chunks(recording.id)]);
      if (!room) return undefined;
      const placed = placeTake(recording, chunks, debateSpanOf(room));
      return recordingAnswerOf(recording, { placed, room, now: now() });
    },
    audioOf: createAudioOf({ ledger, blobs: store }),
    ofRoom: createRoomRecordings({ ledger, now }),
    uploadsOf: createUploadStates(ledger),
    isStorageFull: ceilings.isFull,
    eraseFiles: createEraseFiles(store),
    startTidying: (tidy) => startTidying({ ...tidy, store, log }),
  };
};
