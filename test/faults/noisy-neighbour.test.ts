// What others notice while one participant, or one stranger, does the worst: one abuse after another on one real server, with
// rooms beside it that turn pages, answer, upload and join. `npm run bench:neighbour` measures the same at length.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ABUSES } from '../../bench/neighbour/abuses.ts';
import { openScene, type Scene } from '../../bench/neighbour/scene.ts';
import { type RunningServer, spawnServer } from '../../processes/spawn-server.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

const ROOMS = 12;
const SECONDS = 3;
const TURN_P95_MS = 250;
/** What the server said, unlike what a broken connection says. */
const CODE = /^(\d{3} )?[a-z_]+$/;

/** A disk of its own is filled in full-disk.test.ts. */
const abuses = ABUSES.map(({ name }) => name).filter((name) => name !== 'full-disk');

describe('[SE11] one who does the worst', () => {
  let database: TestDatabase;
  let server: RunningServer;
  let scene: Scene;

  beforeAll(async () => {
    database = await createTestDatabase();
    server = await spawnServer({ env: { ROLE: 'server', DATABASE_URL: database.url } });
    scene = await openScene({ server, databaseUrl: database.url, rooms: ROOMS, abuses: abuses.length });
  });
  afterAll(async () => {
    await scene?.close();
    await server?.stop();
    await database?.drop();
  });

  it.each(abuses)('%s: nothing of the others is refused, and their pages turn', async (abuse) => {
    const { others, abuser, sink } = await scene.abused(abuse, SECONDS);
    // Not vacuous: the abuse came through to the server.
    expect(Object.keys(abuser?.answers ?? {})).toContainEqual(expect.stringMatching(CODE));
    expect(others.refused).toEqual({});
    expect(others.turns.count).toBeGreaterThan(ROOMS);
    // A machine that is starved already by the sending may be as much slower, and no more.
    const allowed = others.turns.p95 < TURN_P95_MS ? TURN_P95_MS : TURN_P95_MS + (await sink()).others.turns.p95;
    expect(others.turns.p95).toBeLessThan(allowed);
  });
});
