// SIGTERM to real servers: in the middle of work, during the start, and with everything around them that may hang.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { freePort } from '../../processes/free-port.ts';
import { processesOn } from '../../processes/process-table.ts';
import { startRedisServer } from '../../processes/redis-server.ts';
import {
  type ServerOptions,
  type ServerProcess,
  spawnServer,
  spawnServerProcess,
} from '../../processes/spawn-server.ts';
import { takesConnections } from '../../processes/takes-connections.ts';
import { createTcpProxy } from '../../processes/tcp-proxy.ts';
import { connectionTo } from '../../src/infra/postgres/session-settings.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { openBusyDebate, standardSocket } from '../support/servers/busy-debate.ts';
import { createTestDatabase } from '../support/servers/database.ts';

const TIMEOUT = { timeout: 90_000 };
const ENDS_WITHIN_MS = 10_000;
const IN_FLIGHT = 40;
const onLinux = process.platform === 'linux';

const start = async (options: ServerOptions = {}) => {
  const server = await spawnServer(options);
  onTestFinished(server.stop);
  return server;
};

/** Does not wait for the server to be ready. */
const begin = async (options: ServerOptions = {}) => {
  const server = await spawnServerProcess(options);
  onTestFinished(server.killAll);
  return server;
};

const debateOn = async (server: ServerProcess) => {
  const debate = await openBusyDebate(server);
  onTestFinished(debate.close);
  return debate;
};

/** Ended with code 0 in time, and nothing that it started is left. */
const expectDrained = async (server: ServerProcess, begun: number): Promise<void> => {
  const exit = await Promise.race([server.exited, delay(3 * ENDS_WITHIN_MS, 'still there' as const, { ref: false })]);
  const tookMs = performance.now() - begun;
  expect(exit, server.output()).toEqual({ code: 0, signal: null });
  expect(tookMs, server.output()).toBeLessThan(ENDS_WITHIN_MS);
  expect(processesOn(server.dataDir)).toEqual([]);
};

const drain = (server: ServerProcess): Promise<void> => {
  const begun = performance.now();
  process.kill(server.pid, 'SIGTERM');
  return expectDrained(server, begun);
};

/** A connection that says this, hears the beginning of the answer if there is one, and then nothing any more. */
const fallSilent = async (port: number, request: string, isAnswered: boolean): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await new Promise<void>((resolve) => {
    socket.once(isAnswered ? 'data' : 'connect', resolve);
    socket.write(request);
  });
  return socket.pause();
};

const newDatabase = async (): Promise<string> => {
  const database = await createTestDatabase();
  onTestFinished(database.drop);
  return database.url;
};

/** A database behind a proxy that can keep its answers. */
const proxiedDatabase = async () => {
  const url = new URL(await newDatabase());
  const proxy = await createTcpProxy(Number(url.port));
  onTestFinished(proxy.close);
  url.port = String(proxy.port);
  const isAsked = (what: string) =>
    new Promise<void>((resolve) => {
      proxy.onRequest((bytes) => {
        if (bytes.includes(what)) resolve();
        return false;
      });
    });
  return { proxy, isAsked, url: url.href };
};

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

describe('SIGTERM while something hangs', TIMEOUT, () => {
  it('[ST14] the database does not answer any more, in the middle of commits', async () => {
    const { proxy, isAsked, url } = await proxiedDatabase();
    const server = await start({ env: { DATABASE_URL: url } });
    const debate = await debateOn(server);
    const stream = await debate.liveStream();
    proxy.mute(true);
    const committing = isAsked('choice_submitted');
    for (const socket of debate.sockets)
      socket.emit('choice:submit', { questionId: 'q', value: 'x', commandId: 'x' }, () => {});
    await committing;
    await drain(server);
    expect(new Set(await Promise.all(debate.closings))).toEqual(new Set(['transport close']));
    expect(await stream.ended).toBe('ended');
  });

  it.runIf(onLinux)('[ST14] its own database is frozen', async () => {
    const server = await start();
    const debate = await debateOn(server);
    for (const { pid, command } of processesOn(server.dataDir))
      if (command.includes('postgres')) process.kill(pid, 'SIGSTOP');
    await drain(server);
    const again = await server.restart();
    onTestFinished(again.stop);
    expect((await debate.api.room(debate.roomId)).phase).toBe('running');
  });

  it.runIf(onLinux)('[ST14] its worker is frozen', async () => {
    const server = await start();
    const worker = await eventually('the worker', () =>
      processesOn(server.dataDir).find(({ pid, command }) => pid !== server.pid && command.includes('main.ts')),
    );
    process.kill(worker.pid, 'SIGSTOP');
    await drain(server);
  });

  it('[ST14] a worker by itself has no database any more', async () => {
    const { proxy, url } = await proxiedDatabase();
    const port = await freePort();
    const worker = await begin({ port, env: { ROLE: 'worker', DATABASE_URL: url, WORKER_PORT: String(port) } });
    await eventually('the worker is up', () => fetch(`${worker.url}/healthz`).catch(() => undefined));
    proxy.mute(true);
    await drain(worker);
  });

  it('[ST14] clients are connected that never answer', async () => {
    const databaseUrl = await newDatabase();
    const server = await start({ env: { ROLE: 'server', DATABASE_URL: databaseUrl } });
    const upgrade = [
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
      ...['Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
      'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n',
    ];
    await fallSilent(server.port, upgrade.join('\r\n'), true);
    await fallSilent(server.port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', true);
    await fallSilent(server.port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n', false);
    await fallSilent(server.port, '', false);
    await drain(server);
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

describeWithRedis('SIGTERM with Redis', () => {
  const withRedis = async () => {
    const storage = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-drain-')));
    onTestFinished(() => rmSync(storage, { recursive: true, force: true }));
    const redis = await startRedisServer();
    onTestFinished(redis.stop);
    const env = {
      DATABASE_URL: await newDatabase(),
      REDIS_URL: redis.url,
      AUTH_SECRET: 'a secret that all nodes of this test share',
      STORAGE_URL: pathToFileURL(storage).href,
    };
    return { redis, env };
  };

  it('[ST14] Redis is frozen', TIMEOUT, async () => {
    const { redis, env } = await withRedis();
    const server = await start({ env });
    const debate = await debateOn(server);
    redis.pause();
    await drain(server);
    expect(new Set(await Promise.all(debate.closings))).toEqual(new Set(['transport close']));
  });

  it('[ST14] the start waits for Redis', TIMEOUT, async () => {
    const { redis, env } = await withRedis();
    await redis.kill();
    const server = await begin({ env });
    await eventually('it waits', () => server.output().includes('the start waits for it'));
    await drain(server);
  });
});
