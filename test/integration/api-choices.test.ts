// What participants chose, read over REST while the room runs and after it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createResearcherApi, type ResearcherApi } from '../../src/client/index.ts';
import type { JoinAnswer } from '../../src/protocol/join-answers.ts';
import type { ChoiceValue } from '../../src/protocol/study.ts';
import { COMMITS_A_READ } from '../../src/rooms/ports.ts';
import { type ApiClient, createApiClient, type ErrorBody } from '../support/servers/api-client.ts';
import { type ApiServer, RESEARCHER_KEY, startApiServer } from '../support/servers/api-server.ts';
import { parseCsv } from '../support/servers/parse-csv.ts';

let server: ApiServer;
let api: ApiClient;
let researcher: ResearcherApi;

beforeAll(async () => {
  server = await startApiServer();
  api = createApiClient(server);
  researcher = createResearcherApi({ serverUrl: server.url, key: RESEARCHER_KEY });
});
afterAll(() => server?.close());

const choose = async ({ room, participant }: JoinAnswer, value: ChoiceValue) => {
  const result = await server.rooms.handle(room.id, {
    type: 'submit_choice',
    by: participant.id,
    questionId: 'q1',
    value,
  });
  if (!result.ok) throw new Error(result.refusal.code);
};

const download = async (roomId: string) => {
  const response = await fetch(await researcher.accessUrl(researcher.paths.choicesCsv(roomId)));
  return { headers: response.headers, rows: parseCsv(await response.text()) };
};

describe('[RM51] choices of a room', () => {
  it('are a file of every revision, and the latest as JSON, while the room runs', async () => {
    const { room, seats, start } = await api.pair();
    const [host, guest] = seats;
    expect((await download(room.id)).rows).toEqual([]);
    expect(await researcher.choices(room.id)).toEqual({ items: [] });

    await start();
    await choose(host, 'yes');
    await choose(guest, 'no');
    await choose(host, 'no');
    const { commits } = await researcher.events(room.id);
    const answered = commits.filter(({ events }) => events.some(({ type }) => type === 'choice_submitted'));
    const [first, second, third] = answered.map(({ at }) => at);
    const iso = (at: number | undefined) => new Date(at ?? Number.NaN).toISOString();
    const by = (seat: JoinAnswer) => ({ participantId: seat.participant.id, questionId: 'q1' });

    const { headers, rows } = await download(room.id);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toBe(`attachment; filename="choices-${room.code}.csv"`);
    const common = { nickname: 'Somebody', answeredAt: '' };
    expect(rows).toEqual([
      { ...by(host), ...common, seat: '0', revision: '1', value: 'yes', submittedAt: iso(first) },
      { ...by(guest), ...common, seat: '1', revision: '1', value: 'no', submittedAt: iso(second) },
      { ...by(host), ...common, seat: '0', revision: '2', value: 'no', submittedAt: iso(third) },
    ]);
    expect(await researcher.choices(room.id)).toEqual({
      items: [
        { ...by(host), revision: 2, value: 'no', submittedAt: third },
        { ...by(guest), revision: 1, value: 'no', submittedAt: second },
      ],
    });
  });

  it('are whole in a long journal, also past stretches in which nobody chose', async () => {
    const { room, seats, start } = await api.pair();
    const [host, guest] = seats;
    await start();
    await choose(host, 'yes');
    for (let count = 0; count < 2 * COMMITS_A_READ; count += 1) {
      await server.rooms.handle(room.id, { type: 'connect', by: guest.participant.id, bootId: 'test' });
    }
    for (let count = 0; count <= COMMITS_A_READ; count += 1) await choose(guest, count % 2 === 0 ? 'yes' : 'no');
    await researcher.endRoom(room.id);
    const { rows } = await download(room.id);
    expect(rows.map(({ participantId }) => participantId === host.participant.id)).toEqual([
      true,
      ...Array.from({ length: COMMITS_A_READ + 1 }, () => false),
    ]);
    expect(rows.slice(1).map(({ revision }) => Number(revision))).toEqual(
      Array.from({ length: COMMITS_A_READ + 1 }, (_, index) => index + 1),
    );
  });

  it.each(['choices', 'choices.csv'])('%s is refused where there is no room', async (name) => {
    const { status, body } = await api.researcher<ErrorBody>('GET', `/api/rooms/none/${name}`);
    expect([status, body.error.code]).toEqual([404, 'room_not_found']);
  });

  it('are described with their answers', async () => {
    const { body } = await api.call<{ paths: Record<string, unknown> }>('GET', '/api/openapi.json');
    expect(JSON.stringify(body.paths['/api/rooms/{id}/choices'])).toContain('submittedAt');
    expect(JSON.stringify(body.paths['/api/rooms/{id}/choices.csv'])).toContain('accessToken');
  });
});
