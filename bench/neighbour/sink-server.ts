// The baseline of the noisy neighbour: takes everything that the abuser sends, over HTTP and WebSockets, says yes to all of it and
// does nothing. What it costs is what sending and receiving cost on this machine, whatever server there is.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const OPEN = JSON.stringify({ sid: 'sink', upgrades: [], pingInterval: 600_000, pingTimeout: 600_000 });
const YES = JSON.stringify([{ ok: true, recordingId: 'recording' }]);
const STARTED = JSON.stringify(['room:event', { version: 2, events: [{ type: 'debate_started' }] }]);
const WELCOMES: Readonly<Record<string, readonly string[]>> = {
  '/session': ['["room:snapshot",{}]', STARTED],
  '/signaling': ['["peers",{"peers":[]}]'],
};

const httpServer = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.end('{}'));
});
new WebSocketServer({ server: httpServer, perMessageDeflate: false }).on('connection', (socket) => {
  socket.on('error', () => {});
  socket.send(`0${OPEN}`);
  socket.on('message', (data) => {
    const text = String(data);
    const [, kind = '', namespace = '', id = ''] = /^(4[02])(\/[a-z]+),(\d*)/.exec(text) ?? [];
    if (kind === '42') socket.send(`43${namespace},${id}${YES}`);
    if (kind !== '40') return;
    socket.send(`40${namespace},{"sid":"sink"}`);
    for (const welcome of WELCOMES[namespace] ?? []) socket.send(`42${namespace},${welcome}`);
  });
});

httpServer.listen(0, '127.0.0.1', () => {
  const address = httpServer.address();
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
});
