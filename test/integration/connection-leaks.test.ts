import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startRoomServer, TWO_PAGES } from '../support/room-server.ts';

it('[CH12] leaves nothing behind after a thousand connections were opened and closed', async () => {
  const server = await startRoomServer();
  try {
    const roomId = await server.newRoom({ ...TWO_PAGES, settings: { graceMs: 60_000 } });
    const seats = [await server.join(roomId, 'a'), await server.join(roomId, 'b')];
    for (let round = 0; round < 250; round++) {
      const clients = await Promise.all(
        seats.flatMap((seat) => [
          server.connect(seat),
          server.connect(seat, { namespace: '/signaling', auth: { instance: `page-${round}` } }),
        ]),
      );
      for (const client of clients) client.socket.disconnect();
    }
    await eventually('no connection is counted', () => {
      const { sockets, sessions, peers } = server.realtime.counts();
      return sockets === 0 && sessions === 0 && peers === 0;
    });
    const connections = async () =>
      Object.values((await server.rooms.state(roomId))?.participants ?? {}).map((one) => one.connection);
    await eventually('the room knows that all are gone', async () => (await connections()).every((one) => !one));
    expect(await connections()).toHaveLength(2);
    const { rows } = await server.pool.query('SELECT count(*)::int AS count FROM signaling_instances');
    expect(rows[0].count).toBeLessThanOrEqual(2 * 22);
  } finally {
    await server.close();
  }
}, 120_000);
