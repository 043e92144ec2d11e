import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from '../../processes/free-port.ts';
import { openPort } from '../../src/infra/process/open-port.ts';

it('[ST4] closes although an upgraded connection says nothing any more', async () => {
  const server = createServer();
  const upgraded = once(server, 'upgrade');
  const port = await freePort();
  const open = await openPort(server, port, '127.0.0.1');
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await upgraded;
  const cut = once(socket, 'close');
  await open.close();
  await cut;
  expect(server.listening).toBe(false);
}, 15_000);
