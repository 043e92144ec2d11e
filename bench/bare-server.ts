// The baseline: a Socket.IO server that only broadcasts. No token check, no rules, nothing durable.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const httpServer = createServer();
const io = new Server(httpServer, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });

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
