// What the connection tells of outages, to the log and to its users, and what it leaves behind.
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { type RedisServer, startRedisServer } from '../../processes/redis-server.ts';
import { connectRedis } from '../../src/infra/redis/connection/connect-redis.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

const listeningLog = () => {
  const lines: { msg: string }[] = [];
  return { lines, log: pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line)) }) };
};

const withServer = async (work: (server: RedisServer) => Promise<void>): Promise<void> => {
  const server = await startRedisServer();
  try {
    await work(server);
  } finally {
    await server.stop();
  }
};

describeWithRedis('connection to Redis', () => {
  it('logs an outage once, however many commands it fails, and its end', async () => {
    await withServer(async (server) => {
      const { lines, log } = listeningLog();
      const redis = await connectRedis({ url: server.url, log });
      let cameBack = 0;
      redis.onBack(() => {
        cameBack += 1;
      });
      await redis.ask((client) => client.ping());
      await server.kill();
      const asked = await Promise.allSettled(Array.from({ length: 500 }, () => redis.ask((client) => client.ping())));
      expect(asked.every(({ status }) => status === 'rejected')).toBe(true);
      await server.restart();
      await eventually('it is back', () => redis.isUp());
      expect(cameBack).toBe(1);
      expect(lines.map(({ msg }) => msg)).toEqual(['Redis is away: rooms are read from PostgreSQL', 'Redis is back']);
      await redis.close();
    });
  });

  it('is not away because Redis refuses a command', async () => {
    await withServer(async (server) => {
      const { lines, log } = listeningLog();
      const redis = await connectRedis({ url: server.url, log });
      await expect(redis.ask((client) => client.call('NO_SUCH_COMMAND'))).rejects.toThrow(/unknown command/);
      expect(redis.isUp()).toBe(true);
      expect(lines).toEqual([]);
      await redis.close();
    });
  });

  it('does not take an answer for none because this process was too busy to read it', async () => {
    await withServer(async (server) => {
      const { lines, log } = listeningLog();
      const redis = await connectRedis({ url: server.url, log });
      const asked = redis.ask((client) => client.ping());
      const busyUntil = performance.now() + 600;
      while (performance.now() < busyUntil);
      expect(await asked).toBe('PONG');
      expect(redis.isUp()).toBe(true);
      expect(lines).toEqual([]);
      await redis.close();
    });
  });

  it('uses the password and logs it nowhere, right or wrong', async () => {
    await withServer(async (server) => {
      const { lines, log } = listeningLog();
      const urlWith = (password: string) => `redis://:${password}@127.0.0.1:${server.port}`;
      await server.command('CONFIG', 'SET', 'requirepass', 'right-secret');
      const right = await connectRedis({ url: urlWith('right-secret'), log });
      expect(await right.ask((client) => client.ping())).toBe('PONG');
      const wrong = await connectRedis({ url: urlWith('wrong-secret'), log });
      await expect(wrong.ask((client) => client.ping())).rejects.toThrow();
      expect(lines.length).toBeGreaterThan(0);
      expect(JSON.stringify(lines)).not.toMatch(/right-secret|wrong-secret/);
      await Promise.all([right.close(), wrong.close()]);
    });
  });

  it('leaves no connection behind, and is closed twice without harm', async () => {
    await withServer(async (server) => {
      const redis = await connectRedis({ url: server.url, log: listeningLog().log });
      const subscriber = redis.subscriber();
      await eventually('the subscriber is ready', () => subscriber.status === 'ready');
      await redis.close();
      await redis.close();
      expect(redis.isUp()).toBe(false);
      await expect(redis.ask((client) => client.ping())).rejects.toThrow();
      await eventually('nobody is connected but who asks', async () => {
        const clients = String(await server.command('CLIENT', 'LIST')).trim();
        return clients.split('\n').length === 1;
      });
    });
  });
});
