// What clients have measured, read back over REST.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createResearcherApi } from '../../src/client/index.ts';
import type { JoinAnswer } from '../../src/protocol/join-answers.ts';
import { type ApiClient, createApiClient, type ErrorBody } from '../support/servers/api-client.ts';
import { type ApiServer, RESEARCHER_KEY, startApiServer } from '../support/servers/api-server.ts';

let server: ApiServer;
let api: ApiClient;
let seat: JoinAnswer;
let roomId: string;

beforeAll(async () => {
  server = await startApiServer();
  api = createApiClient(server);
  const room = await api.newRoom();
  roomId = room.id;
  seat = (await api.join(room.code)).body;
});
afterAll(() => server?.close());

const store = (kind: string, data: object, at: number, participantId = seat.participant.id) =>
  server.prisma.telemetry.create({ data: { roomId, participantId, kind, at, data } });
const path = (query: string) => `/api/rooms/${roomId}/telemetry?${query}`;

describe('[CK5] telemetry of a room', () => {
  it('comes back as measured, of the kind that was asked for, with the seat', async () => {
    const report = { rttMs: 12.5, offsetMs: -3_600_000, uncertaintyMs: null, spreadMs: 4 };
    await store('clock_report', report, 1);
    await store('clock_report', { rttMs: 1, offsetMs: 2, uncertaintyMs: 3 }, 2, 'somebody of long ago');
    await store('page_shown', { page: 1, shownAt: 5 }, 6);
    const researcher = createResearcherApi({ serverUrl: server.url, key: RESEARCHER_KEY });
    expect(await researcher.telemetry(roomId, 'clock_report')).toEqual({
      items: [
        { participantId: seat.participant.id, seat: 0, at: 1, ...report },
        { participantId: 'somebody of long ago', at: 2, rttMs: 1, offsetMs: 2, uncertaintyMs: 3 },
      ],
    });
    expect((await researcher.telemetry(roomId, 'page_shown')).items).toEqual([
      { participantId: seat.participant.id, seat: 0, at: 6, page: 1, shownAt: 5 },
    ]);
  });

  it('is a table that spreadsheets take no formula from', async () => {
    const link = { participantId: 'p2', state: '=HYPERLINK("http://x")', rttMs: null, packetsLost: -2, audible: true };
    await store('link_report', link, 7.5);
    const { body, headers } = await api.researcher<string>('GET', path('kind=link_report&format=csv'));
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="link_report-[A-Z0-9]{6,}\.csv"$/);
    expect(body.replace('\uFEFF', '')).toBe(
      'participantId,seat,at,aboutParticipantId,state,rttMs,packetsLost,audible\r\n' +
        `${seat.participant.id},0,7.5,p2,"'=HYPERLINK(""http://x"")",,-2,true\r\n`,
    );
  });

  it('comes page by page as JSON, and whole as a table, each row once and in order', async () => {
    const room = await api.newRoom();
    const participantId = randomUUID();
    const data = Array.from({ length: 2_001 }, (_, page) => ({
      ...{ roomId: room.id, participantId, kind: 'page_shown', at: page },
      data: { page, shownAt: page },
    }));
    await server.prisma.telemetry.createMany({ data });
    const researcher = createResearcherApi({ serverUrl: server.url, key: RESEARCHER_KEY });
    const pages: number[] = [];
    let cursor: string | undefined;
    do {
      const answer = await researcher.telemetry(room.id, 'page_shown', {
        limit: 700,
        ...(cursor === undefined ? {} : { cursor }),
      });
      pages.push(...answer.items.map(({ page }) => page));
      cursor = answer.nextCursor;
    } while (cursor !== undefined);
    expect(pages).toEqual(data.map((_, page) => page));
    const url = await researcher.accessUrl(researcher.paths.telemetryCsv(room.id, 'page_shown'));
    const lines = (await (await fetch(url)).text()).trimEnd().split('\r\n').slice(1);
    expect(lines.map((line) => Number(line.split(',')[3]))).toEqual(pages);
  });

  it.each([
    ['kind=voices', 422, 'invalid_request'],
    ['', 422, 'invalid_request'],
    ['kind=page_shown&limit=0', 422, 'invalid_request'],
    ['kind=page_shown&format=xml', 422, 'invalid_request'],
  ])('refuses %j with %d', async (query, status, code) => {
    const answer = await api.researcher<ErrorBody>('GET', path(query));
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  it('is not for participants, nor of rooms that do not exist', async () => {
    const asked = await api.call<ErrorBody>('GET', path('kind=page_shown'), { token: seat.token });
    expect(asked.status).toBe(403);
    const other = await api.researcher<ErrorBody>('GET', '/api/rooms/none/telemetry?kind=page_shown');
    expect(other.body.error.code).toBe('room_not_found');
  });

  it('is described with its answer', async () => {
    const { body } = await api.call<{ paths: Record<string, unknown> }>('GET', '/api/openapi.json');
    expect(JSON.stringify(body.paths['/api/rooms/{id}/telemetry'])).toContain('uncertaintyMs');
  });
});
