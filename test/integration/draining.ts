// Servers that a test starts and ends with SIGTERM, and databases that keep their answers; all gone when the test has finished.
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { processesOn } from '../../processes/process-table.ts';
import {
  type ServerOptions,
  type ServerProcess,
  spawnServer,
  spawnServerProcess,
} from '../../processes/spawn-server.ts';
import { createTcpProxy } from '../../processes/tcp-proxy.ts';
import { createTestDatabase } from '../support/servers/database.ts';
import { openBusyDebate } from './busy-debate.ts';

const ENDS_WITHIN_MS = 10_000;

export const start = async (options: ServerOptions = {}) => {
  const server = await spawnServer(options);
  onTestFinished(server.stop);
  return server;
};

/** Does not wait for the server to be ready. */
export const begin = async (options: ServerOptions = {}) => {
  const server = await spawnServerProcess(options);
  onTestFinished(server.killAll);
  return server;
};

export const debateOn = async (server: ServerProcess) => {
  const debate = await openBusyDebate(server);
  onTestFinished(debate.close);
  return debate;
};

/** Ended with code 0 in time, and nothing that it started is left. */
export const expectDrained = async (server: ServerProcess, begun: number): Promise<void> => {
  const exit = await Promise.race([server.exited, delay(3 * ENDS_WITHIN_MS, 'still there' as const, { ref: false })]);
  const tookMs = performance.now() - begun;
  expect(exit, server.output()).toEqual({ code: 0, signal: null });
  expect(tookMs, server.output()).toBeLessThan(ENDS_WITHIN_MS);
  expect(processesOn(server.dataDir)).toEqual([]);
};

export const drain = (server: ServerProcess): Promise<void> => {
  const begun = performance.now();
  process.kill(server.pid, 'SIGTERM');
  return expectDrained(server, begun);
};

export const newDatabase = async (): Promise<string> => {
  const database = await createTestDatabase();
  onTestFinished(database.drop);
  return database.url;
};

/** A database behind a proxy that can keep its answers. */
export const proxiedDatabase = async () => {
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

/** A connection that says this, hears the beginning of the answer if there is one, and then nothing any more. */
export const fallSilent = async (port: number, request: string, isAnswered: boolean): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await new Promise<void>((resolve) => {
    socket.once(isAnswered ? 'data' : 'connect', resolve);
    socket.write(request);
  });
  return socket.pause();
};
