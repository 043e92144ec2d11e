// What recordings need from outside. Adapters live in infra/, one contract suite per port in test/contracts/.

export interface ByteRange {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

/** Bytes under keys made by the server: `a/b/c` of letters, digits, `.`, `_` and `-`. */
export interface BlobStore {
  /**
   * Durable when it resolves. When the source throws or ends early nothing is kept under the key, and what was there stays.
   * Rejects with the source's own error, so that a check inside the source can refuse.
   */
  put(key: string, source: Uint8Array | AsyncIterable<Uint8Array>): Promise<void>;
  /** Reads lazily; throws BlobMissing when there is nothing under the key. */
  open(key: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Undefined when there is nothing under the key. */
  size(key: string): Promise<number | undefined>;
  /** Everything below a folder, and folders above it that are empty then; harmless when there is nothing. */
  deletePrefix(folder: string): Promise<void>;
  /** Harmless when there is nothing. */
  delete(key: string): Promise<void>;
}

/** Of the disk on which blobs lie. */
export interface StorageSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** A blob store as the process needs it that writes into it. */
export interface RecordingStore extends BlobStore {
  /** Puts, gets and deletes a blob, before anybody is served; throws one clear message when the storage does not work. */
  check(): Promise<void>;
  space(): Promise<StorageSpace>;
  /** Removes what processes that are no longer alive have left half written or half removed. */
  clearAbandoned(isLive: (bootId: string) => boolean): Promise<void>;
}

export class BlobMissing extends Error {
  constructor(key: string) {
    super(`nothing is stored under ${key}`);
    this.name = 'BlobMissing';
  }
}

export interface StoredRecording {
  readonly id: string;
  readonly roomId: string;
  readonly participantId: string;
  readonly take: number;
  readonly mimeType: string;
  /** Folder of its chunks in storage. */
  readonly path: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Set on completion, with digest and bytes. */
  readonly chunkCount?: number;
  /** sha-256 of the whole, base64. */
  readonly digest?: string;
  readonly bytes?: number;
  readonly completedAt?: number;
}

export interface StoredChunk {
  readonly index: number;
  /** sha-256, base64. */
  readonly digest: string;
  readonly bytes: number;
  /** As the client stamped it: epoch ms on the room clock, or what it took for that. place-take.ts judges. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** When its bytes were durable, by the server's room clock. */
  readonly receivedAt: number;
}

/** How far one recording is, without its chunks. */
export interface ChunkTally {
  readonly participantId: string;
  readonly chunks: number;
  readonly bytes: number;
  /** -1 when there is none. */
  readonly highestIndex: number;
  readonly chunkCount?: number;
}

/** Which chunks are durable. A row is written after its bytes. */
export interface ChunkLedger {
  recording(id: string): Promise<StoredRecording | undefined>;
  /** All takes of all participants, by participant and take. */
  recordingsOfRoom(roomId: string): Promise<StoredRecording[]>;
  chunk(recordingId: string, index: number): Promise<StoredChunk | undefined>;
  /** Ascending. */
  chunks(recordingId: string): Promise<StoredChunk[]>;
  /** Of every recording of the room, ascending; recordings without chunks are left out. */
  chunksOfRoom(roomId: string): Promise<Map<string, StoredChunk[]>>;
  /** Of all recordings of one participant together. */
  sumOf(roomId: string, participantId: string): Promise<{ readonly bytes: number; readonly chunks: number }>;
  /** One for every recording of the room. */
  talliesOfRoom(roomId: string): Promise<ChunkTally[]>;
  /**
   * `exists`: a row of this index was there first. `complete`: the recording takes no new chunk. `gone`: it was erased.
   * A completion that runs at the same time comes wholly before or wholly after.
   */
  addChunk(recordingId: string, chunk: StoredChunk): Promise<'added' | 'exists' | 'complete' | 'gone'>;
  /** Sets the outcome once; false when another completion or a chunk beyond the count was first, or the recording is gone. */
  complete(
    recordingId: string,
    outcome: {
      readonly chunkCount: number;
      readonly digest: string;
      readonly bytes: number;
      readonly completedAt: number;
    },
  ): Promise<boolean>;
}
