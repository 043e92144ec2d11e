// Abuses that are more than messages: a row that somebody else has locked, a room with a long history that is erased.
import pg from 'pg';
import type { ResearcherApi } from '../../src/client/api/researcher-api.ts';
import { connectionTo } from '../../src/infra/postgres/session-settings.ts';

/** Done when the abuse begins; resolves to what undoes it. */
export type Deed = () => Promise<() => Promise<void>>;

interface Circumstances {
  readonly abuse: string;
  readonly databaseUrl: string;
  readonly roomId: string;
  readonly api: ResearcherApi;
}

const MEASUREMENTS = 400_000;

const lockRow = async ({ databaseUrl, roomId }: Circumstances): Promise<Deed> => {
  const session = new pg.Client(connectionTo(databaseUrl));
  session.on('error', () => {});
  await session.connect();
  return async () => {
    await session.query('BEGIN');
    await session.query('SELECT id FROM rooms WHERE id = $1 FOR UPDATE', [roomId]);
    return () => session.end();
  };
};

const eraseRoom = async ({ databaseUrl, roomId, api }: Circumstances): Promise<Deed> => {
  const session = new pg.Client(connectionTo(databaseUrl));
  await session.connect();
  await session.query(
    `INSERT INTO telemetry (room_id, participant_id, kind, at, data)
     SELECT $1, 'somebody', 'clock_report', n, '{"rttMs": 20, "offsetMs": 3, "uncertaintyMs": 10}' FROM generate_series(1, $2) n`,
    [roomId, MEASUREMENTS],
  );
  await session.end();
  return async () => {
    const erased = api.eraseRoom(roomId);
    erased.catch(() => {});
    return () => erased;
  };
};

const none = async (): Promise<undefined> => undefined;
const DEEDS: Readonly<Record<string, (circumstances: Circumstances) => Promise<Deed | undefined>>> = {
  'locked-row': lockRow,
  erase: eraseRoom,
};

/** Undefined: the abuse is messages alone. */
export const beyondTheWire = (circumstances: Circumstances): Promise<Deed | undefined> =>
  (DEEDS[circumstances.abuse] ?? none)(circumstances);
