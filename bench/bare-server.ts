// The baseline: a Socket.IO server that only broadcasts, to other processes too where BARE_REDIS_URL is set. No token check, no
// rules, nothing durable.
import { createServer } from 'node:http';
import { createShardedAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';

const httpServer = createServer();
const redisUrl = process.env.BARE_REDIS_URL;
const adapter =
  redisUrl === undefined ? {} : { adapter: createShardedAdapter(new Redis(redisUrl), new Redis(redisUrl)) };
const io = new Server(httpServer, {
  transports: ['websocket'],
  perMessageDeflate: false,
  serveClient: false,
  ...adapter,
});

io.of('/session').on('connection', (socket) => {
  const { room } = socket.handshake.auth;
  void socket.join(String(room));
  socket.emit('room:snapshot', {});
  socket.on('page:turn', (body: { to: unknown }, ack: (answer: object) => void) => {
    const at = Date.now();
    const events = [{ type: 'page_turned', page: body.to, turnsAt: at + 100, by: socket.id }];
    io.of('/session').to(String(room)).emit('room:event', { version: at, at, events });
    ack({ ok: true, page: body.to, turnsAt: at + 100 });
  });
});

httpServer.listen(0, '127.0.0.1', () => {
  const address = httpServer.address();
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
});
