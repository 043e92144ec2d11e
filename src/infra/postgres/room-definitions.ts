// What rooms were made with. The content of a study may be megabytes: rooms of one study version have one copy of it between
// them, which lives as long as somebody holds such a room, and is not read again meanwhile.
import type pg from 'pg';
import type { RoomPhase } from '../../protocol/phases.ts';
import type { StudyContent } from '../../protocol/study.ts';
import type { RoomDefinition } from '../../room/state.ts';
import type { Journal } from '../../rooms/ports.ts';

interface RoomRow {
  readonly id: string;
  readonly code: string;
  readonly phase: RoomPhase;
  readonly study_id: string;
  readonly study_version: number;
  /** Another one when the row is written anew. */
  readonly version_row: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

const ROOMS = `SELECT r.id, r.code, r.phase, r.study_id, r.study_version, r.created_at, r.expires_at,
                      v.created_at::text || ' ' || v.xmin::text AS version_row
               FROM rooms r JOIN study_versions v ON v.study_id = r.study_id AND v.version = r.study_version`;

/** A damaged one may be anything. */
type Read = { readonly content: StudyContent } | undefined;

const createSharedContents = (pool: pg.Pool) => {
  const contents = new Map<string, WeakRef<StudyContent>>();
  const reading = new Map<string, Promise<Read>>();
  const collected = new FinalizationRegistry<string>((key) => {
    // It may have been read again since.
    if (contents.get(key)?.deref() === undefined) contents.delete(key);
  });

  const read = async (key: string, { study_id, study_version }: RoomRow): Promise<Read> => {
    const { rows } = await pool.query<{ content: StudyContent }>({
      name: 'journal_content',
      text: 'SELECT content FROM study_versions WHERE study_id = $1 AND version = $2',
      values: [study_id, study_version],
    });
    const content = rows[0]?.content;
    if (typeof content === 'object' && content !== null) {
      contents.set(key, new WeakRef(content));
      collected.register(content, key);
    }
    return rows[0];
  };

  return async (row: RoomRow): Promise<Read> => {
    // A database that was put back may make the same version anew, of something else; and a damaged row may be mended.
    const key = `${row.study_id} ${row.study_version} ${row.version_row}`;
    const content = contents.get(key)?.deref();
    if (content) return { content };
    const running = reading.get(key) ?? read(key, row).finally(() => reading.delete(key));
    reading.set(key, running);
    return running;
  };
};

export const createRoomDefinitions = (pool: pg.Pool): Pick<Journal, 'definition' | 'entrance'> => {
  const contentOf = createSharedContents(pool);

  /** Undefined as well when the study was deleted in between, which takes its rooms along. */
  const definitionOf = async (row: RoomRow): Promise<RoomDefinition | undefined> => {
    const read = await contentOf(row);
    return (
      read && {
        roomId: row.id,
        code: row.code,
        studyId: row.study_id,
        studyVersion: row.study_version,
        content: read.content,
        createdAt: row.created_at.getTime(),
        expiresAt: row.expires_at.getTime(),
      }
    );
  };

  return {
    async definition(roomId) {
      const { rows } = await pool.query<RoomRow>({
        name: 'journal_definition',
        text: `${ROOMS} WHERE r.id = $1`,
        values: [roomId],
      });
      return rows[0] && definitionOf(rows[0]);
    },
    async entrance(code) {
      const { rows } = await pool.query<RoomRow>({
        name: 'journal_entrance',
        text: `${ROOMS} WHERE r.code = $1`,
        values: [code],
      });
      const definition = rows[0] && (await definitionOf(rows[0]));
      return rows[0] && definition && { definition, phase: rows[0].phase };
    },
  };
};
