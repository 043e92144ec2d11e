// What a recruiting service gives instead of an id is nobody's, also over the API.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoomAnswer } from '../../src/protocol/room-answers.ts';
import { type ApiClient, createApiClient } from '../support/servers/api-client.ts';
import { type ApiServer, startApiServer } from '../support/servers/api-server.ts';

describe('ids of recruiting services', () => {
  let server: ApiServer;
  let api: ApiClient;
  beforeAll(async () => {
    server = await startApiServer();
    api = createApiClient(server);
  });
  afterAll(() => server.close());

  it.each(['{{%PROLIFIC_PID%}}', '%SURVEY_CODE%', '\u200b', '', 'x'.repeat(2_000)])(
    '[JN16] %j is nobody’s id: each who comes with it gets a seat of their own',
    async (externalId) => {
      const room = await api.newRoom();
      const seats = [];
      for (const _ of [0, 1, 2]) seats.push((await api.join(room.code, { externalId })).body.participant.seat);
      expect(seats).toEqual([0, 1, 2]);
      const { body } = await api.researcher<RoomAnswer>('GET', `/api/rooms/${room.id}`);
      const shown = externalId.length < 2 ? undefined : externalId.slice(0, 200);
      expect(body.participants.map((one) => [one.externalId, one.unusableId])).toEqual(
        Array.from({ length: 3 }, () => [undefined, shown]),
      );
    },
  );
});
