import { expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { startRoomServer, TWO_PAGES } from '../support/servers/room-server.ts';

it('[CH12] leaves nothing behind after some thousand connections were opened and closed', async () => {
  const server = await startRoomServer();
  try {
    const roomIds = await Promise.all(
      Array.from({ length: 10 }, () => server.newRoom({ ...TWO_PAGES, settings: { graceMs: 60_000 } })),
    );
    for (const roomId of roomIds) {
      const seats = [await server.join(roomId, 'a'), await server.join(roomId, 'b')];
      for (let round = 0; round < 60; round++) {
        const clients = await Promise.all(
          seats.flatMap((seat) => [
            server.connect(seat),
            server.connect(seat, { namespace: '/signaling', auth: { instance: `page-${round}` } }),
          ]),
        );
        for (const client of clients) client.socket.disconnect();
      }
    }
    await eventually('no connection is counted', () => {
      const { sockets, sessions, peers } = server.realtime.counts();
      return sockets === 0 && sessions === 0 && peers === 0;
    });
    const connections = async () => {
      const states = await Promise.all(roomIds.map((roomId) => server.rooms.state(roomId)));
      return states.flatMap((state) => Object.values(state?.participants ?? {}).map((one) => one.connection));
    };
    await eventually('the rooms know that all are gone', async () => (await connections()).every((one) => !one));
    expect(await connections()).toHaveLength(20);
    const { rows } = await server.pool.query('SELECT count(*)::int AS count FROM signaling_instances');
    expect(rows[0].count).toBeLessThanOrEqual(20 * 22);
  } finally {
    await server.close();
  }
}, 120_000);
