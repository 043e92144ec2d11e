// The journal in this process's memory, as many servers have it on one store: for tests, which kill servers and race them in
// milliseconds. It keeps and refuses what the journal's contract says, and decides nothing else. Whatever is stored is a frozen
// copy: nobody changes history by holding a part of it.
import { AppError } from '../../protocol/app-error.ts';
import { OPEN_PHASES } from '../../protocol/phases.ts';
import { isStorableText } from '../../protocol/text.ts';
import type { StoredCommit } from '../../room/commands.ts';
import type { RoomDefinition } from '../../room/state.ts';
import { COMMITS_A_READ, type Journal, type NewCommit, type StoredSnapshot } from '../../rooms/ports.ts';

export interface StoredRecording {
  readonly id: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

/** What outlives the servers: rooms with their histories, recordings and work. */
export interface MemoryStore {
  addRoom(definition: RoomDefinition): void;
  eraseRoom(roomId: string): void;
  /** The room's history ends at that version again, as after a restore from a backup. */
  cutBack(roomId: string, version: number): void;
  /** Oldest first; all of them, which a journal gives in pages. */
  commitsOf(roomId: string): readonly StoredCommit[];
  outboxKeysOf(roomId: string): string[];
  recordingsOf(roomId: string): StoredRecording[];
  journal(): Journal;
}

interface Room {
  readonly definition: RoomDefinition;
  readonly commits: StoredCommit[];
  /** As of each commit. */
  readonly summaries: NewCommit['summary'][];
  readonly recordings: Map<string, StoredRecording>;
  readonly outboxKeys: Set<string>;
  snapshot?: StoredSnapshot;
}

const frozen = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
};

/** As a database gives it back: without what is undefined. Throws for text that PostgreSQL's jsonb refuses. */
const storedOf = <Value extends object>(value: Value): Value =>
  JSON.parse(JSON.stringify(value), (key, inner: unknown) => {
    if (isStorableText(key) && (typeof inner !== 'string' || isStorableText(inner))) return inner;
    throw new AppError('internal', 'The commit cannot be stored: it holds NUL or broken characters.');
  });

const commandIn = ({ commits }: Room, participantId: string, commandId: string): StoredCommit['command'] =>
  commits.find(({ command }) => command?.participantId === participantId && command.commandId === commandId)?.command;

export const createMemoryStore = (): MemoryStore => {
  const rooms = new Map<string, Room>();
  /** Rooms of one study version share one content. */
  const contents = new Map<string, RoomDefinition['content']>();
  const commitIds = new Set<string>();
  const outboxKeys = new Set<string>();

  const lastOf = ({ commits }: Room): StoredCommit | undefined => commits.at(-1);
  const versionOf = (room: Room): number => lastOf(room)?.version ?? 0;
  const summaryOf = ({ summaries }: Room): NewCommit['summary'] | undefined => summaries.at(-1);

  const isConflict = (room: Room, { commit, previous }: NewCommit): boolean =>
    commit.version !== versionOf(room) + 1 ||
    (previous !== undefined && lastOf(room)?.commitId !== previous) ||
    commitIds.has(commit.commitId) ||
    (commit.command !== undefined &&
      commandIn(room, commit.command.participantId, commit.command.commandId) !== undefined);

  const write = (entry: NewCommit): 'committed' | 'conflict' => {
    const { roomId, commit, summary, newRecordings, stoppedRecordings, jobs } = storedOf(entry);
    const room = rooms.get(roomId);
    if (!room || isConflict(room, entry)) return 'conflict';
    room.commits.push(frozen(commit));
    room.summaries.push(frozen(summary));
    commitIds.add(commit.commitId);
    for (const { id, startedAt } of newRecordings) room.recordings.set(id, { id, startedAt, endedAt: null });
    for (const { id, endedAt } of stoppedRecordings) {
      const known = room.recordings.get(id);
      if (known) room.recordings.set(id, { ...known, endedAt });
    }
    for (const { key } of jobs) {
      if (outboxKeys.has(key)) continue;
      outboxKeys.add(key);
      room.outboxKeys.add(key);
    }
    return 'committed';
  };

  const forget = (room: Room): void => {
    for (const { commitId } of room.commits) commitIds.delete(commitId);
    for (const key of room.outboxKeys) outboxKeys.delete(key);
  };

  const commitAt = (roomId: string, version: number): StoredCommit | undefined =>
    rooms.get(roomId)?.commits[version - 1];

  const journal = (): Journal => ({
    commitP95Ms: () => 0,
    append: async (entry) => write(entry),
    definition: async (roomId) => rooms.get(roomId)?.definition,
    commits: async (roomId, since, limit = COMMITS_A_READ) =>
      rooms.get(roomId)?.commits.slice(since, since + Math.min(limit, COMMITS_A_READ)) ?? [],
    async heads(roomIds) {
      const known = roomIds.flatMap((roomId) => rooms.get(roomId) ?? []);
      return new Map(
        known.map((room) => {
          const last = lastOf(room);
          return [room.definition.roomId, { version: versionOf(room), ...(last && { commitId: last.commitId }) }];
        }),
      );
    },
    includes: async (roomId, version, commitId) => commitAt(roomId, version)?.commitId === commitId,
    async commandOf(roomId, participantId, commandId) {
      const room = rooms.get(roomId);
      const command = room && commandIn(room, participantId, commandId);
      return command && { digest: command.digest, answer: command.answer };
    },
    async snapshot(roomId) {
      const snapshot = rooms.get(roomId)?.snapshot;
      return snapshot && commitAt(roomId, snapshot.version)?.commitId === snapshot.commitId ? snapshot : undefined;
    },
    async keepSnapshot(roomId, snapshot) {
      const room = rooms.get(roomId);
      if (room && commitAt(roomId, snapshot.version)?.commitId === snapshot.commitId) room.snapshot = { ...snapshot };
    },
    async entrance(code) {
      const room = [...rooms.values()].find(({ definition }) => definition.code === code);
      return room && { definition: room.definition, phase: summaryOf(room)?.phase ?? 'waiting' };
    },
    async dueRooms(at, limit, except) {
      const dueAtOf = (room: Room): number => summaryOf(room)?.nextDeadlineAt ?? Number.POSITIVE_INFINITY;
      return [...rooms.values()]
        .filter((room) => dueAtOf(room) <= at && !except.includes(room.definition.roomId))
        .sort((one, other) => dueAtOf(one) - dueAtOf(other))
        .slice(0, limit)
        .map(({ definition }) => definition.roomId);
    },
    openRooms: async () =>
      [...rooms.values()]
        .filter((room) => OPEN_PHASES.some((phase) => phase === summaryOf(room)?.phase))
        .map(({ definition }) => definition.roomId)
        .sort(),
  });

  return {
    addRoom(definition) {
      const study = `${definition.studyId} ${definition.studyVersion}`;
      const content = contents.get(study) ?? frozen(structuredClone(definition.content));
      contents.set(study, content);
      rooms.set(definition.roomId, {
        definition: Object.freeze({ ...definition, content }),
        commits: [],
        summaries: [],
        recordings: new Map(),
        outboxKeys: new Set(),
      });
    },
    eraseRoom(roomId) {
      const room = rooms.get(roomId);
      if (room) forget(room);
      rooms.delete(roomId);
    },
    cutBack(roomId, version) {
      const room = rooms.get(roomId);
      if (!room) return;
      for (const { commitId } of room.commits.splice(version)) commitIds.delete(commitId);
      room.summaries.splice(version);
    },
    commitsOf: (roomId) => rooms.get(roomId)?.commits ?? [],
    outboxKeysOf: (roomId) => [...(rooms.get(roomId)?.outboxKeys ?? [])],
    recordingsOf: (roomId) =>
      [...(rooms.get(roomId)?.recordings.values() ?? [])].sort((a, b) => a.startedAt - b.startedAt),
    journal,
  };
};
