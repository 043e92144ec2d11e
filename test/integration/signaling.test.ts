import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RoomServer, startRoomServer, type TestClient } from '../support/servers/room-server.ts';

let server: RoomServer;
beforeAll(async () => {
  server = await startRoomServer();
});
afterAll(() => server.close());

const offer = { type: 'offer', sdp: 'v=0' };

const enter = async (roomId: string, nickname: string, instance = 'page-1') => {
  const seat = await server.join(roomId, nickname);
  return server.connect(seat, { namespace: '/signaling', auth: { instance } });
};

const again = (client: TestClient, instance: string): Promise<TestClient> =>
  server.connect(client, { namespace: '/signaling', auth: { instance } });

const peersOf = async (client: TestClient): Promise<{ participantId: string; epoch: number; role: string }[]> =>
  ((await client.until('peers')) as { peers: { participantId: string; epoch: number; role: string }[] }).peers;

describe('the mesh', () => {
  it('[SG1] tells each of a pair what to do: the lower seat offers', async () => {
    const roomId = await server.newRoom();
    const a = await enter(roomId, 'a');
    const b = await enter(roomId, 'b');
    expect(await peersOf(a)).toEqual([]);
    expect(await peersOf(b)).toEqual([{ participantId: a.participantId, epoch: 1, role: 'answer' }]);
    expect(await a.until('peer:joined')).toEqual({ participantId: b.participantId, epoch: 1, role: 'offer' });
  });

  it('[SG2] relays to the one participant that is meant', async () => {
    const roomId = await server.newRoom();
    const [a, b, c] = [await enter(roomId, 'a'), await enter(roomId, 'b'), await enter(roomId, 'c')];
    expect(await a.ask('signal', { to: b.participantId, epoch: 1, description: offer })).toEqual({ ok: true });
    expect(await b.until('signal')).toEqual({ from: a.participantId, epoch: 1, description: offer });
    const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 };
    expect((await b.ask('signal', { to: a.participantId, epoch: 1, candidate })).ok).toBe(true);
    expect(await a.until('signal')).toEqual({ from: b.participantId, epoch: 1, candidate });
    expect(c.received.filter((one) => one.name === 'signal')).toEqual([]);
  });

  it('[SG4] [SG6] keeps the epoch of a page that reconnects and raises it for a reload', async () => {
    const roomId = await server.newRoom();
    const a = await enter(roomId, 'a');
    const b = await enter(roomId, 'b');
    b.socket.io.engine.close();
    const back = await again(b, 'page-1');
    await a.until('peer:joined');
    expect(a.received.filter((one) => one.name === 'peer:left')).toEqual([]);
    expect(await peersOf(back)).toEqual([{ participantId: a.participantId, epoch: 1, role: 'answer' }]);
    await again(b, 'page-2');
    await a.until('peer:joined', (peer: { epoch: number }) => peer.epoch === 2);
    expect((await a.ask('signal', { to: b.participantId, epoch: 1, description: offer })).error?.code).toBe(
      'stale_epoch',
    );
    expect((await a.ask('signal', { to: b.participantId, epoch: 2, description: offer })).ok).toBe(true);
  });

  it('[SG6] says at once who left by closing, and who left a page', async () => {
    const roomId = await server.newRoom();
    const a = await enter(roomId, 'a');
    const b = await enter(roomId, 'b');
    b.socket.disconnect();
    expect(await a.until('peer:left')).toEqual({ participantId: b.participantId, epoch: 1 });
  });
});

describe('what is refused', () => {
  it('[SG3] [SG5] [SG8] is refused in the order of the contract', async () => {
    const roomId = await server.newRoom();
    const a = await enter(roomId, 'a');
    const b = await enter(roomId, 'b');
    const other = await enter(await server.newRoom(), 'x');
    const refusal = async (body: unknown) => (await a.ask('signal', body)).error?.code;
    for (const body of [
      null,
      1,
      [],
      {},
      { to: b.participantId, epoch: 1 },
      { to: b.participantId, epoch: 'x', description: offer },
    ])
      expect(await refusal(body)).toBe('invalid_message');
    expect((await a.ask('page:turn', { to: 1 })).error?.code).toBe('invalid_message');
    const large = { type: 'offer', sdp: 'x'.repeat(65 * 1024) };
    expect(await refusal({ to: b.participantId, epoch: 9, description: large })).toBe('signal_too_large');
    expect(await refusal({ to: other.participantId, epoch: 1, description: offer })).toBe('peer_not_found');
    expect(await refusal({ to: 'nobody', epoch: 1, description: offer })).toBe('peer_not_found');
    expect(await refusal({ to: a.participantId, epoch: 1, description: offer })).toBe('peer_not_found');
    expect(await refusal({ to: b.participantId, epoch: 7, description: offer })).toBe('stale_epoch');
    expect(other.received.filter((one) => one.name === 'signal')).toEqual([]);
    expect(b.received.filter((one) => one.name === 'signal')).toEqual([]);
  });

  it('[SG8] is limited in rate, for the sender alone', async () => {
    const roomId = await server.newRoom();
    const [a, b] = [await enter(roomId, 'a'), await enter(roomId, 'b')];
    const answers = await Promise.all(
      Array.from({ length: 400 }, () => a.ask('signal', { to: b.participantId, epoch: 1, description: offer })),
    );
    expect(answers.filter((one) => one.error?.code === 'rate_limited').length).toBeGreaterThan(100);
    expect((await b.ask('signal', { to: a.participantId, epoch: 1, description: offer })).ok).toBe(true);
  });

  it('[SG7] lets nothing of the room into signaling', async () => {
    const { guest, host } = await server.startedRoom();
    const signaling = await again(guest, 'page-1');
    await host.ask('page:turn', { to: 1 });
    await guest.untilEvent('page_turned');
    expect(signaling.received.map((one) => one.name)).toEqual(['peers']);
  });
});
