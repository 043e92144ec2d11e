// What was recorded and is not yet safe on the server: in IndexedDB, across reloads and crashes, or in the page's memory. Which of
// the two is trusted with what is safe-spool's.

export interface SpooledTake {
  readonly takeId: string;
  /** Whose take this is: only that participant of that room may send it. */
  readonly owner: string;
  readonly mimeType: string;
  /** Identity of the recording:start command, so that asking again finds the same recording. */
  readonly commandId: string;
  /** Room clock, of its first sample. Takes of former versions have none. */
  readonly capturedAt?: number;
  readonly recordingId?: string;
  /** One more than the highest index that is safe on the server and therefore may be gone from here. */
  readonly storedUpTo?: number;
}

export interface SpooledChunk {
  readonly takeId: string;
  readonly index: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface Spool {
  putTake(take: SpooledTake): Promise<void>;
  putChunk(chunk: SpooledChunk): Promise<void>;
  takes(owner: string): Promise<SpooledTake[]>;
  /** By index. */
  chunks(takeId: string): Promise<SpooledChunk[]>;
  deleteChunk(takeId: string, index: number): Promise<void>;
  /** With all its chunks. */
  deleteTake(takeId: string): Promise<void>;
}

const DATABASE = 'trialogue-spool';
const TAKES = 'takes';
const CHUNKS = 'chunks';

export const createMemorySpool = (): Spool => {
  const takes = new Map<string, SpooledTake>();
  const chunks = new Map<string, Map<number, SpooledChunk>>();
  return {
    async putTake(take) {
      takes.set(take.takeId, take);
    },
    async putChunk(chunk) {
      const ofTake = chunks.get(chunk.takeId) ?? new Map();
      chunks.set(chunk.takeId, ofTake.set(chunk.index, chunk));
    },
    takes: async (owner) => [...takes.values()].filter((take) => take.owner === owner),
    chunks: async (takeId) => [...(chunks.get(takeId)?.values() ?? [])].toSorted((a, b) => a.index - b.index),
    async deleteChunk(takeId, index) {
      chunks.get(takeId)?.delete(index);
    },
    async deleteTake(takeId) {
      takes.delete(takeId);
      chunks.delete(takeId);
    },
  };
};

const settled = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const committed = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });

const openDatabase = (): Promise<IDBDatabase> => {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(TAKES, { keyPath: 'takeId' }).createIndex('owner', 'owner');
    request.result.createObjectStore(CHUNKS, { keyPath: ['takeId', 'index'] });
  };
  return settled(request);
};

const allOfTake = (takeId: string) => IDBKeyRange.bound([takeId, 0], [takeId, Number.MAX_SAFE_INTEGER]);

const createDatabaseSpool = (database: IDBDatabase): Spool => {
  const write = (store: string, run: (store: IDBObjectStore) => void): Promise<void> => {
    const transaction = database.transaction(store, 'readwrite');
    run(transaction.objectStore(store));
    return committed(transaction);
  };
  const read = (store: string) => database.transaction(store, 'readonly').objectStore(store);
  return {
    putTake: (take) => write(TAKES, (store) => store.put(take)),
    putChunk: (chunk) => write(CHUNKS, (store) => store.put(chunk)),
    takes: (owner) => settled<SpooledTake[]>(read(TAKES).index('owner').getAll(owner)),
    chunks: (takeId) => settled<SpooledChunk[]>(read(CHUNKS).getAll(allOfTake(takeId))),
    deleteChunk: (takeId, index) => write(CHUNKS, (store) => store.delete([takeId, index])),
    async deleteTake(takeId) {
      await write(CHUNKS, (store) => store.delete(allOfTake(takeId)));
      await write(TAKES, (store) => store.delete(takeId));
    },
  };
};

/** Rejects, throws nothing: a browser may refuse even to name its storage. May never answer (seen in Safari). */
export const openDatabaseSpool = async (): Promise<Spool> => createDatabaseSpool(await openDatabase());
