// Rooms as researchers see them: listed, watched, ended, erased, and their journal.
import { createRoute } from '@hono/zod-openapi';
import { listOf } from '../protocol/answer-fields.ts';
import { eventsQuerySchema, listRoomsQuerySchema } from '../protocol/rest.ts';
import { eventsAnswerSchema, roomAnswerSchema, roomListItemSchema } from '../protocol/room-answers.ts';
import type { Guards } from './authorize.ts';
import type { HttpContext, HttpDeps } from './context.ts';
import { createLiveStream } from './live-stream.ts';
import { readEvents } from './read-events.ts';
import { refusalResponse } from './refusals.ts';
import { answers, createRoutes, idParams, RESEARCHER, RESEARCHER_OR_ACCESS } from './route-parts.ts';

export const roomsRoutes = (deps: HttpDeps, { researcher }: Guards) => {
  const { rooms, studyRooms, roomViews } = deps;
  const app = createRoutes();
  const common = { tags: ['Rooms'], security: RESEARCHER, middleware: [researcher] };
  const liveStream = createLiveStream(deps);

  app.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: '/api/rooms',
      summary: 'Lists rooms, newest first',
      request: { query: listRoomsQuerySchema },
      responses: answers(200, 'Rooms', listOf(roomListItemSchema)),
    }),
    async (c) => {
      const outcome = await studyRooms.list(c.req.valid('query'));
      return outcome.ok ? c.json(outcome.value) : refusalResponse(c, outcome.refusal);
    },
  );

  const answerRoom = async (c: HttpContext, roomId: string): Promise<Response> => {
    const answer = await roomViews.of(roomId);
    return answer ? c.json(answer) : refusalResponse(c, { code: 'room_not_found' });
  };

  app.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: '/api/rooms/{id}',
      summary: 'A room with its participants: connection, voice, recording, uploads',
      request: { params: idParams },
      responses: answers(200, 'The room', roomAnswerSchema),
    }),
    (c) => answerRoom(c, c.req.valid('param').id),
  );

  app.openapi(
    createRoute({
      ...common,
      method: 'post',
      path: '/api/rooms/{id}/end',
      summary: 'Ends a debate',
      request: { params: idParams },
      responses: answers(200, 'The room', roomAnswerSchema),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const result = await rooms.handle(id, { type: 'end', by: 'researcher' });
      return result.ok ? answerRoom(c, id) : refusalResponse(c, result.refusal);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      method: 'delete',
      path: '/api/rooms/{id}',
      summary: 'Erases everything of a room, files included',
      request: { params: idParams },
      responses: answers(204, 'Erased'),
    }),
    async (c) => {
      const outcome = await studyRooms.erase(c.req.valid('param').id);
      return outcome.ok ? c.body(null, 204) : refusalResponse(c, outcome.refusal);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: '/api/rooms/{id}/events',
      summary: 'The journal of a room, oldest first',
      request: { params: idParams, query: eventsQuerySchema },
      responses: answers(200, 'Commits', eventsAnswerSchema),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { cursor, limit } = c.req.valid('query');
      if (!(await studyRooms.get(id))) return refusalResponse(c, { code: 'room_not_found' });
      const { commits, more } = await readEvents(rooms, { roomId: id, since: cursor, limit });
      const last = commits.at(-1);
      return c.json({ commits, ...(more && last && { nextCursor: String(last.version) }) });
    },
  );

  app.openapi(
    createRoute({
      ...common,
      security: RESEARCHER_OR_ACCESS,
      method: 'get',
      path: '/api/rooms/{id}/stream',
      summary: 'The live room as server-sent events: one frame now and one after each change',
      request: { params: idParams },
      responses: answers(
        200,
        'text/event-stream; the data of each event is a room; an event named gone, then the end, once it is erased',
      ),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      if (!(await rooms.state(id))) return refusalResponse(c, { code: 'room_not_found' });
      return c.body(liveStream(id, c.get('keyId') ?? ''), 200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        // nginx would hold frames back until its buffer is full.
        'x-accel-buffering': 'no',
      });
    },
  );
  return app;
};
