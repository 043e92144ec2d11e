// The rooms of studies: made in one go with codes of their own, listed, and erased with everything that hangs on them.
import { randomUUID } from 'node:crypto';
import type { ListAnswer } from '../protocol/answer-fields.ts';
import { done, type Outcome, refused } from '../protocol/outcome.ts';
import type { RoomPhase } from '../protocol/phases.ts';
import type { RoomListItem } from '../protocol/room-answers.ts';
import type { CreatedRoom } from '../protocol/study-answers.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { pageOf, positionOf } from './list-position.ts';
import type { NewRoom, RoomStore, StoredRoom, StudyStore } from './ports.ts';

const MINUTE_MS = 60_000;
/** Longer than any upload, and than any pause of a node that goes on afterwards. */
const UPLOADS_LAST_MS = 24 * 3_600_000;
const MAX_TRIES = 10;
/** Of a study's rooms in one CSV file. */
const MAX_LISTED = 100_000;

export interface NewRoomsRequest {
  readonly count: number;
  readonly label?: string | undefined;
  readonly description?: string | undefined;
}

export interface RoomsFilter {
  readonly studyId?: string | undefined;
  readonly phase?: RoomPhase | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface StudyRooms {
  create(studyId: string, request: NewRoomsRequest): Promise<Outcome<CreatedRoom[]>>;
  list(filter: RoomsFilter): Promise<Outcome<ListAnswer<RoomListItem>>>;
  /** All of a study, newest first, each with its PIN: rooms keep the one of the version they were made with. */
  ofStudy(studyId: string): Promise<Outcome<(RoomListItem & { readonly pin?: string })[]>>;
  get(roomId: string): Promise<RoomListItem | undefined>;
  /** Nobody enters or sees the room any more, whether or not its files can be removed; if not it throws, and can be repeated. */
  erase(roomId: string): Promise<Outcome<void>>;
  /** Removes the files of rooms whose erasing did not get that far. */
  finishErasing(): Promise<void>;
}

interface StudyRoomsOptions {
  readonly studies: Pick<StudyStore, 'get' | 'versions'>;
  readonly store: RoomStore;
  readonly rooms: Pick<Rooms, 'forget'>;
  readonly eraseFiles: (folders: readonly string[]) => Promise<void>;
  readonly newCode: () => string;
  readonly joinUrlOf: (code: string) => string;
  readonly now: () => number;
}

export const createStudyRooms = (options: StudyRoomsOptions): StudyRooms => {
  const { studies, store, rooms, eraseFiles, newCode, joinUrlOf, now } = options;

  const itemOf = ({ studyVersion: _, ...room }: StoredRoom): RoomListItem => ({
    ...room,
    joinUrl: joinUrlOf(room.code),
  });

  const codesFor = (count: number): string[] => {
    const codes = new Set<string>();
    while (codes.size < count) codes.add(newCode());
    return [...codes];
  };

  /** False when there was nothing to remove. */
  const removeFolders = async (roomId?: string): Promise<boolean> => {
    const folders = await store.foldersLeft(roomId);
    if (folders.length === 0) return false;
    await eraseFiles(folders);
    await store.markEmptied(folders);
    return true;
  };

  return {
    async create(studyId, { count, label, description }) {
      const study = await studies.get(studyId);
      if (!study) return refused('study_not_found');
      const { pin, roomTtlMinutes } = study.content.settings;
      const createdAt = Math.round(now());
      const expiresAt = Math.round(createdAt + roomTtlMinutes * MINUTE_MS);
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const made: NewRoom[] = codesFor(count).map((code) => ({
          id: randomUUID(),
          code,
          studyId,
          studyVersion: study.version,
          ...(label !== undefined && { label }),
          ...(description !== undefined && { description }),
          createdAt,
          expiresAt,
        }));
        if (await store.add(made)) {
          const pinField = pin === undefined ? {} : { pin };
          return done(made.map(({ id, code }) => ({ id, code, joinUrl: joinUrlOf(code), ...pinField, expiresAt })));
        }
      }
      return refused('busy');
    },

    async list({ studyId, phase, cursor, limit }) {
      const after = cursor === undefined ? undefined : positionOf(cursor);
      if (cursor !== undefined && !after) {
        return refused('invalid_request', { issues: [{ path: 'cursor', message: 'is not one of ours' }] });
      }
      const filter = { ...(studyId !== undefined && { studyId }), ...(phase && { phase }) };
      const { items, ...next } = pageOf(await store.list(filter, after, limit + 1), limit);
      return done({ items: items.map(itemOf), ...next });
    },

    async ofStudy(studyId) {
      const versions = await studies.versions(studyId);
      if (versions.size === 0) return refused('study_not_found');
      const stored = await store.list({ studyId }, undefined, MAX_LISTED);
      return done(
        stored.map((room) => {
          const pin = versions.get(room.studyVersion)?.settings.pin;
          return { ...itemOf(room), ...(pin !== undefined && { pin }) };
        }),
      );
    },

    async get(roomId) {
      const room = await store.get(roomId);
      return room && itemOf(room);
    },

    async erase(roomId) {
      const erased = await store.erase(roomId);
      await rooms.forget(roomId);
      const removed = await removeFolders(roomId);
      return erased || removed ? done(undefined) : refused('room_not_found');
    },

    async finishErasing() {
      await removeFolders();
      await eraseFiles(await store.foldersEmptied());
      await store.forgetEmptied(UPLOADS_LAST_MS);
    },
  };
};
