// What participants chose: the latest answers while one looks on, and every revision as a file.
import { createRoute, z } from '@hono/zod-openapi';
import { choicesOf } from '../analysis/choices.ts';
import { CHOICES_COLUMNS, CHOICES_CSV_HEAD, choicesCsvRowOf } from '../analysis/choices-csv.ts';
import { latestChoiceSchema } from '../protocol/choices.ts';
import { latestChoicesOf } from '../room/latest-choices.ts';
import { participantOf } from '../room/room-queries.ts';
import type { RoomState } from '../room/state.ts';
import { journalPages } from '../rooms/copies/journal-pages.ts';
import type { Guards } from './authorize.ts';
import type { HttpDeps } from './context.ts';
import { csvResponse } from './csv-response.ts';
import { refusalResponse } from './refusals.ts';
import { answers, createRoutes, idParams, RESEARCHER, RESEARCHER_OR_ACCESS } from './route-parts.ts';

export const choicesRoutes = ({ rooms }: HttpDeps, { researcher }: Guards) => {
  const app = createRoutes();
  const common = { tags: ['Results'], middleware: [researcher], request: { params: idParams } };

  async function* csvRowsOf(room: RoomState): AsyncGenerator<string, void> {
    for await (const commits of journalPages({ commits: rooms.commitsSince }, room.definition.roomId)) {
      yield choicesOf(commits)
        .map((choice) => choicesCsvRowOf(choice, participantOf(room, choice.participantId)))
        .join('');
    }
  }

  app.openapi(
    createRoute({
      ...common,
      security: RESEARCHER,
      method: 'get',
      path: '/api/rooms/{id}/choices',
      summary: 'The latest answer of each participant to each question, also while the room runs',
      responses: answers(
        200,
        'Answers; every revision is in choices.csv',
        z.object({ items: z.array(latestChoiceSchema) }),
      ),
    }),
    async (c) => {
      const room = await rooms.state(c.req.valid('param').id);
      return room ? c.json({ items: latestChoicesOf(room) }) : refusalResponse(c, { code: 'room_not_found' });
    },
  );

  app.openapi(
    createRoute({
      ...common,
      security: RESEARCHER_OR_ACCESS,
      method: 'get',
      path: '/api/rooms/{id}/choices.csv',
      summary: 'Every answer ever given, one row per revision, oldest first, also while the room runs',
      responses: answers(200, `text/csv, UTF-8: ${CHOICES_COLUMNS.join(', ')}`),
    }),
    async (c) => {
      const room = await rooms.state(c.req.valid('param').id);
      if (!room) return refusalResponse(c, { code: 'room_not_found' });
      const name = `choices-${room.definition.code}.csv`;
      return csvResponse(c, { name, head: CHOICES_CSV_HEAD, rows: csvRowsOf(room) });
    },
  );
  return app;
};
