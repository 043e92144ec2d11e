// What our own client says is taken by our own server; a refusal of it is counted, logged and fails every test.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { spawnServerProcess } from '../../processes/spawn-server.ts';
import { callApi } from '../../src/client/api/api-call.ts';
import { createRoomClient, joinRoom, type RoomClient } from '../../src/client/index.ts';
import { OWN_CLIENT } from '../../src/protocol/own-client.ts';
import { createApiClient } from '../support/servers/api-client.ts';
import { type ApiServer, startApiServer } from '../support/servers/api-server.ts';
import { takeOwnRefusals } from '../support/servers/own-client-witness.ts';
import { type RoomServer, startRoomServer } from '../support/servers/room-server.ts';

const WRONG_REPORT = { rttMs: 'soon', offsetMs: 0, uncertaintyMs: 0 };

describe('our own client', () => {
  let server: ApiServer;
  const clients: RoomClient[] = [];
  beforeAll(async () => {
    server = await startApiServer();
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await server?.close();
  });

  it('[CK1] reports its clock against its own wall clock, at once and with the spread of its round trips', async () => {
    const { newRoom } = createApiClient(server);
    const room = await newRoom();
    const joined = await joinRoom({ serverUrl: server.url, code: room.code, nickname: 'Mina' });
    const client = createRoomClient({ serverUrl: server.url, token: joined.token, media: false });
    clients.push(client);
    client.connect();
    const reports = async () =>
      (await server.prisma.telemetry.findMany({ where: { roomId: room.id, kind: 'clock_report' } })).map(
        ({ data }) => data as Record<'rttMs' | 'offsetMs' | 'uncertaintyMs' | 'spreadMs', number>,
      );
    await eventually('three reports of the first burst', async () => (await reports()).length >= 3);
    for (const { offsetMs, uncertaintyMs, rttMs } of await reports()) {
      // One machine: its wall clock and the room clock are apart by what the wall clock was set since the start, and the error.
      expect(Math.abs(offsetMs)).toBeLessThanOrEqual(uncertaintyMs + 50);
      expect(rttMs).toBeGreaterThan(0);
    }
    expect((await reports()).map(({ spreadMs }) => typeof spreadMs)).toEqual(['undefined', 'number', 'number']);
  });

  it('[CK3] a request of it that is refused as invalid is counted, logged once and noticed', async () => {
    const ask = { serverUrl: server.url, path: '/api/join', method: 'POST', body: {} } as const;
    await expect(callApi(ask)).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(callApi(ask)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await takeOwnRefusals()).toEqual(['POST /api/join: invalid_request']);
    expect(server.logged.filter((line) => line.includes('of our own client was refused'))).toHaveLength(1);
  });

  it('[CK3] a request of somebody else that is refused as invalid is counted as theirs', async () => {
    const { call } = createApiClient(server);
    expect((await call('POST', '/api/join', { body: {} })).status).toBe(422);
    expect(await takeOwnRefusals()).toEqual([]);
    expect((await call<string>('GET', '/metrics')).body).toContain(
      'trialogue_refused_requests_total{method="POST",route="/api/join",code="invalid_request",client="other"} 1',
    );
  });
});

describe('messages on sockets', () => {
  let server: RoomServer;
  beforeAll(async () => {
    server = await startRoomServer();
  });
  afterAll(() => server?.close());

  it.each([
    ['our own client', { client: OWN_CLIENT }, ['clock:report: invalid_message']],
    ['somebody else', {}, []],
  ])('[CK3] of %s: a refusal as invalid is noticed or not', async (_, auth, noticed) => {
    const seat = await server.join(await server.newRoom(), 'a');
    const client = await server.connect(seat, { auth });
    expect((await client.ask('clock:report', WRONG_REPORT)).error?.code).toBe('invalid_message');
    expect(await takeOwnRefusals()).toEqual(noticed);
  });

  it('[CK3] signals and made-up names are counted too', async () => {
    const seat = await server.join(await server.newRoom(), 'a');
    const page = await server.connect(seat, { namespace: '/signaling', auth: { client: OWN_CLIENT } });
    expect((await page.ask('signal', {})).error?.code).toBe('invalid_message');
    expect((await page.ask('made up', {})).error?.code).toBe('invalid_message');
    expect((await takeOwnRefusals()).toSorted()).toEqual(['signal: invalid_message', 'unknown: invalid_message']);
  });
});

describe('a server process', () => {
  it('[CK3] that logs a refusal of our own client is noticed, line by line', async () => {
    const line = 'signal: invalid_message of our own client was refused as invalid';
    const print = `console.log('something else'); console.error(${JSON.stringify(line)})`;
    const server = await spawnServerProcess({ command: [process.execPath, '-e', print] });
    await server.exited;
    expect(await takeOwnRefusals()).toEqual([line]);
    expect(await takeOwnRefusals()).toEqual([]);
  });
});

describe('clients that report no round trip', () => {
  let server: RoomServer;
  beforeAll(async () => {
    server = await startRoomServer();
  });
  afterAll(() => server?.close());

  it('[CK2] are timed by their heartbeats', async () => {
    const roomId = await server.newRoom();
    const seat = await server.join(roomId, 'a');
    await server.connect(seat);
    const known = () => server.roundTrips.of(roomId).get(seat.participantId);
    await eventually('a heartbeat was timed', () => known() !== undefined, 10_000);
    expect(known()).toBeLessThan(1_000);
  });
});
