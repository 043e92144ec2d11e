// SIGTERM to real servers while something around them hangs: the database, the worker, clients, Redis.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { freePort } from '../../processes/free-port.ts';
import { processesOn } from '../../processes/process-table.ts';
import { startRedisServer } from '../../processes/redis-server.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { begin, debateOn, drain, fallSilent, newDatabase, proxiedDatabase, start } from './draining.ts';

const TIMEOUT = { timeout: 90_000 };
const onLinux = process.platform === 'linux';

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
