// The embedded database survives what happens to servers: kills, reboots, two starts, foreign folders and accounts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { startEmbeddedPostgres } from '../../src/infra/embedded-postgres/embedded.ts';
import { isServerLocked, takeServerLock } from '../../src/infra/postgres/server-lock.ts';
import {
  killProcessesIn,
  postmasterPid,
  processesIn,
  startEmbeddedChild,
} from '../support/servers/embedded-processes.ts';
import { kept, query, remember, urlOf } from '../support/servers/kept-row.ts';

const log = pino({ level: 'silent' });
const root = process.getuid?.() === 0;

describe.skipIf(process.platform !== 'linux')('embedded PostgreSQL', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'trialogue-embedded-'));
  });
  afterEach(async () => {
    const left = await killProcessesIn(dataDir);
    await rm(dataDir, { recursive: true, force: true });
    expect(left, 'processes left behind').toEqual([]);
  });
  const start = () => startEmbeddedPostgres({ dataDir, log, isInUse: isServerLocked });

  it('[ST2] starts empty, keeps what was written, leaves no process', async () => {
    const first = await start();
    await remember(first.url);
    const settings = await query(
      first.url,
      `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS sync,
              current_setting('listen_addresses') AS addresses, pg_encoding_to_char(encoding) AS encoding,
              datcollate AS collate, datlocale AS locale
       FROM pg_database WHERE datname = current_database()`,
    );
    expect(settings).toEqual([
      { fsync: 'on', sync: 'on', addresses: '127.0.0.1', encoding: 'UTF8', collate: 'C', locale: 'C.UTF-8' },
    ]);
    expect((await stat(join(dataDir, 'postgres/password'))).mode & 0o777).toBe(0o600);
    await expect(query(first.url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow('password');
    await Promise.all([first.stop(), first.stop()]);
    expect(await processesIn(dataDir)).toEqual([]);
    const second = await start();
    expect(await kept(second.url)).toBe(42);
    await second.stop();
  });

  it('is in a process group of its own, so that Ctrl-C does not reach it', async () => {
    const server = await start();
    const pid = await postmasterPid(dataDir);
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    expect(Number(fields[2])).toBe(pid);
    await server.stop();
  });

  it('[ST5] kill -9 of the server alone: the next start takes over the database that still runs', async () => {
    const child = await startEmbeddedChild(dataDir);
    await remember(urlOf(child));
    const pid = await postmasterPid(dataDir);
    await child.end('SIGKILL');
    const server = await start();
    expect(server.url).toBe(child.said.url);
    expect(await postmasterPid(dataDir)).toBe(pid);
    const lock = await takeServerLock(server.url);
    expect(await kept(server.url)).toBe(42);
    await lock.release();
    await server.stop();
  });

  it('[ST6] kill -9 of the server and everything it started: the next start recovers', async () => {
    const child = await startEmbeddedChild(dataDir);
    await remember(urlOf(child));
    await child.end('SIGKILL');
    await killProcessesIn(dataDir);
    const server = await start();
    expect(await kept(server.url)).toBe(42);
    await server.stop();
  });

  it('[ST6] kill -9 of PostgreSQL alone, an old backend still at work: the next start waits for it', async () => {
    const child = await startEmbeddedChild(dataDir);
    const busy = new pg.Client({ connectionString: urlOf(child) });
    busy.on('error', () => {});
    await busy.connect();
    // Works on without looking whether its postmaster lives.
    const work = busy.query(`SELECT count(*) FROM generate_series(1, 12000000)`).catch(() => {});
    await eventually('the backend to be at work', async () => {
      const rows = await query(
        urlOf(child),
        `SELECT 1 FROM pg_stat_activity WHERE query LIKE '%12000000)' AND state = 'active'`,
      );
      return rows.length > 0;
    });
    const pid = await postmasterPid(dataDir);
    await child.end('SIGKILL');
    process.kill(pid, 'SIGKILL');
    const server = await start();
    expect(await postmasterPid(dataDir)).not.toBe(pid);
    await work;
    await busy.end();
    await server.stop();
  });

  it('kill -9 of PostgreSQL under a running server: it is started again at the same address', async () => {
    const server = await start();
    await remember(server.url);
    process.kill(await postmasterPid(dataDir), 'SIGKILL');
    const answer = await eventually('the database to be back', () => kept(server.url).catch(() => undefined));
    expect(answer).toBe(42);
    await server.stop();
  });

  it('[ST3] a second server on the same folder is refused and leaves the first one its database', async () => {
    const child = await startEmbeddedChild(dataDir);
    await remember(urlOf(child));
    const second = await startEmbeddedChild(dataDir);
    expect(second.said).toMatchObject({ code: 'already_running' });
    expect(second.said.message).toContain('Another server');
    await eventually('the second to end', () => second.process.exitCode !== null);
    expect(await kept(urlOf(child))).toBe(42);
    await child.end('SIGTERM');
  });

  it('[ST3] two first starts at once make one database', async () => {
    const both = await Promise.all([start(), start(), start()]);
    expect(new Set(both.map(({ url }) => url)).size).toBe(1);
    for (const { stop } of both) await stop();
  });

  it('the lock tells when its connection is lost, and not when it is released', async () => {
    const server = await start();
    let losses = 0;
    const lock = await takeServerLock(server.url, () => {
      losses += 1;
    });
    await query(
      server.url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%lock'`,
    );
    await eventually('the loss to be noticed', () => losses === 1);
    await lock.release();
    const again = await takeServerLock(server.url, () => {
      losses += 1;
    });
    await again.release();
    expect(losses).toBe(1);
    await server.stop();
  });

  it('the process id of a stale postmaster.pid now belongs to another program: it is left alone', async () => {
    await (await start()).stop();
    const { uid, gid } = await stat(join(dataDir, 'postgres/data'));
    const other = spawn('sleep', ['60'], root ? { uid, gid } : {});
    await once(other, 'spawn');
    const file = join(dataDir, 'postgres/data/postmaster.pid');
    const lines = [
      other.pid,
      join(dataDir, 'postgres/data'),
      1_700_000_000,
      5_432,
      '',
      '127.0.0.1',
      '  1234  5678',
      'ready   ',
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const server = await start();
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
    expect(other.exitCode ?? other.signalCode).toBeNull();
    other.kill('SIGKILL');
    await once(other, 'exit');
  });

  it('a database of another major version is one readable message', async () => {
    await (await start()).stop();
    await writeFile(join(dataDir, 'postgres/data/PG_VERSION'), '15\n');
    await expect(start()).rejects.toMatchObject({
      code: 'database_other_version',
      message: expect.stringMatching(/PostgreSQL 15.*PostgreSQL 18.*pg_dump/),
    });
  });

  it('a damaged database is one readable message with the place of the log', async () => {
    await (await start()).stop();
    await rm(join(dataDir, 'postgres/data/global/pg_control'));
    const failed = await start().catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'database_start_failed', message: expect.stringContaining('server.log') });
    expect(failed instanceof Error && failed.message.split('\n')).toHaveLength(1);
  });

  it('the password is gone: one readable message', async () => {
    await (await start()).stop();
    await rm(join(dataDir, 'postgres/password'));
    await expect(start()).rejects.toMatchObject({ message: expect.stringContaining('postgres/password') });
  });
});
