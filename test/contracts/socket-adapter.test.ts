// Socket.IO's emissions between two nodes, over a real Redis and a real Redis Cluster, before and after those fail.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { pino } from 'pino';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { startRedisCluster, startRedisServer } from '../../processes/redis-server.ts';
import { createRoomChannels } from '../../src/infra/redis/channels/room-channels.ts';
import { channelOfSocketRoom, createSocketAdapter } from '../../src/infra/redis/channels/socket-adapter.ts';
import { connectRedis } from '../../src/infra/redis/connection/connect-redis.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';

const log = pino({ level: 'silent' });
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const nodeOn = async (url: string) => {
  const redis = await connectRedis({ url, log });
  const channels = createRoomChannels({ redis, log });
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const adapter = createSocketAdapter({ channels, incarnation: 'one' });
  const server = new Server(http, { adapter, transports: ['websocket'] });
  const session = server.of('/session');
  session.on('connection', (socket) => socket.join('room'));
  closing.push(async () => {
    await server.close();
    channels.close();
    await redis.close();
  });
  const address = http.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const join = async () => {
    const client = io(`http://127.0.0.1:${port}/session`, { transports: ['websocket'], forceNew: true });
    closing.push(() => client.disconnect());
    const heard: unknown[] = [];
    client.on('hello', (what) => heard.push(what));
    await eventually('connected', () => client.connected);
    return heard;
  };
  return { session, join, channels };
};

describe.each([
  ['Redis', async () => startRedisServer().then((server) => ({ ...server, nodes: [server] }))],
  ['Redis Cluster', startRedisCluster],
] as const)('emissions over %s', (name, start) => {
  describeWithRedis(name, () => {
    it('reach the room on every node, also when it comes back from an outage, and reject nowhere', async () => {
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', note);
      const place = await start();
      closing.push(
        () => process.off('unhandledRejection', note),
        () => place.stop(),
      );
      const [one, other] = [await nodeOn(place.url), await nodeOn(place.url)];
      const here = await one.join();
      const there = await other.join();
      const reaches = (what: string) =>
        eventually(`"${what}" reaches both`, () => {
          one.session.to('room').emit('hello', what);
          return here.includes(what) && there.includes(what);
        });
      await reaches('before');
      await Promise.all(place.nodes.map((node) => node.kill()));
      for (let index = 0; index < 2_000; index += 1) one.session.to('room').emit('hello', 'meanwhile');
      const late = await other.join();
      await eventually('the node itself is served', () => here.filter((what) => what === 'meanwhile').length === 2_000);
      await Promise.all(place.nodes.map((node) => node.restart()));
      await reaches('after');
      await eventually('who came in the outage hears, too', () => late.includes('after'));
      expect(unhandled).toEqual([]);
    }, 60_000);
  });
});

describeWithRedis('what limits emissions', () => {
  it('a busy connection says so before anything is dropped, by messages and by size', async () => {
    const server = await startRedisServer();
    closing.push(() => server.stop());
    const [one, other] = [await nodeOn(server.url), await nodeOn(server.url)];
    const heard: number[] = [];
    let begun = false;
    const onMessage = (message: string) => heard.push(message.length);
    other.channels.subscribe('news', { onMessage, onBegin: () => (begun = true) });
    await eventually('it listens', () => begun);
    for (const [message, most] of [
      ['x', 1_000],
      ['x'.repeat(64 * 1024), 200],
    ] as const) {
      let sent = 0;
      for (; !one.channels.isBusy(); sent += 1) one.channels.publish('news', message);
      expect(sent).toBeGreaterThan(1);
      expect(sent).toBeLessThan(most);
      await eventually('nothing was dropped', () => heard.length === sent);
      await eventually('there is room again', () => !one.channels.isBusy());
      heard.length = 0;
    }
  });

  it('the channel of a Socket.IO room is known by name', async () => {
    const server = await startRedisServer();
    closing.push(() => server.stop());
    const one = await nodeOn(server.url);
    await one.join();
    const listeners = async () =>
      String(await server.command('PUBSUB', 'SHARDNUMSUB', channelOfSocketRoom('one', '/session', 'room')));
    await eventually('somebody listens to it', async () => (await listeners()).endsWith(',1'));
    one.session.disconnectSockets();
    await eventually('nobody listens any more', async () => (await listeners()).endsWith(',0'));
  });
});
