// SIGTERM to real servers: in the middle of work, and during the start.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { processesOn } from '../../processes/process-table.ts';
import { takesConnections } from '../../processes/takes-connections.ts';
import { connectionTo } from '../../src/infra/postgres/session-settings.ts';
import { standardSocket } from './busy-debate.ts';
import { begin, debateOn, drain, expectDrained, fallSilent, newDatabase, proxiedDatabase, start } from './draining.ts';

const TIMEOUT = { timeout: 90_000 };
const IN_FLIGHT = 40;
const onLinux = process.platform === 'linux';

describe('SIGTERM in a debate', TIMEOUT, () => {
  it('[ST4] [ST13] [ST15] nobody new gets in, answers are finished, clients are sent on, nothing acknowledged is lost', async () => {
    const server = await start();
    const debate = await debateOn(server);
    const stream = await debate.liveStream();
    const finished = await debate.slowUpload(0);
    const endless = await debate.slowUpload(1);

    const bodies = Array.from({ length: IN_FLIGHT }, (_, index) => ({
      questionId: 'q',
      value: `answer ${index}`,
      commandId: `command ${index}`,
    }));
    const acknowledged: string[] = [];
    for (const body of bodies) {
      debate.sockets[2]?.emit('choice:submit', body, ({ ok }: { ok: boolean }) => {
        if (ok) acknowledged.push(body.value);
      });
    }
    const asking = await fallSilent(server.port, 'GET /readyz HTTP/1.1\r\nHost: x\r\n', false);
    await eventually('the first of many is acknowledged', () => acknowledged.length > 0);

    const begun = performance.now();
    process.kill(server.pid, 'SIGTERM');
    expect(new Set(await Promise.all(debate.closings))).toEqual(new Set(['transport close']));
    expect(await stream.ended).toBe('ended');
    expect(await takesConnections(server.port)).toBe(false);
    asking.resume().write('\r\n');
    const [readiness] = await once(asking, 'data');
    expect(String(readiness)).toMatch(/^HTTP\/1.1 503 .*\r\nconnection: close\r\n/is);
    // A second signal does not cut short what is still being answered.
    process.kill(server.pid, 'SIGTERM');
    expect(await finished.finish()).toBe(201);
    await endless.closed;
    await expectDrained(server, begun);
    const databaseLog = readFileSync(join(server.dataDir, 'postgres/server.log'), 'utf8');
    expect(databaseLog).toContain('database system is shut down');
    expect(databaseLog).not.toContain('immediate shutdown');

    const again = await server.restart();
    onTestFinished(again.stop);
    expect(acknowledged.length).toBeLessThan(IN_FLIGHT);
    expect(await debate.choices()).toEqual(expect.arrayContaining(acknowledged));
    expect((await debate.api.recording(finished.recordingId)).received).toEqual([0]);
    expect((await debate.api.recording(endless.recordingId)).received).toEqual([]);
    expect((await debate.api.room(debate.roomId)).phase).toBe('running');

    const socket = standardSocket(again, '/session', String(debate.seats[2]?.token));
    onTestFinished(() => void socket.disconnect());
    await new Promise((resolve) => socket.once('room:snapshot', resolve));
    for (const body of bodies)
      await eventually('it is taken again', async () => (await socket.emitWithAck('choice:submit', body)).ok);
    expect((await debate.choices()).sort()).toEqual(bodies.map(({ value }) => value).sort());
  });
});

describe('SIGTERM during the start', TIMEOUT, () => {
  it('[ST14] the database takes the connection and never answers', async () => {
    const { proxy, isAsked, url } = await proxiedDatabase();
    proxy.mute(true);
    const asking = isAsked('');
    const server = await begin({ env: { DATABASE_URL: url } });
    await asking;
    await drain(server);
  });

  it('[ST14] another node is migrating the database', async () => {
    const databaseUrl = await newDatabase();
    const migrating = new pg.Client(connectionTo(databaseUrl));
    migrating.on('error', () => {});
    await migrating.connect();
    onTestFinished(() => migrating.end());
    await migrating.query('SELECT pg_advisory_lock(72707369)');
    const server = await begin({ env: { DATABASE_URL: databaseUrl } });
    await eventually('the server waits for the lock', async () => {
      const waiting = await migrating.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
      return waiting.rowCount === 1;
    });
    await drain(server);
  });

  it('[ST14] its own database is being made', async () => {
    const server = await begin();
    await eventually('PostgreSQL is at work', () => processesOn(server.dataDir).length > 1);
    await drain(server);
  });

  it.runIf(onLinux)('[ST14] its own database does not come up', async () => {
    const first = await start();
    await first.kill('SIGTERM');
    const server = await begin({ dataDir: first.dataDir });
    const postmaster = await eventually('PostgreSQL is started', () =>
      processesOn(server.dataDir).find(({ command }) => command.includes('postgres -D')),
    );
    process.kill(postmaster.pid, 'SIGSTOP');
    await drain(server);
    const again = await first.restart();
    onTestFinished(again.stop);
  });
});
