// Studies, and making rooms of them.
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { roomsCsvOf } from '../analysis/rooms-csv.ts';
import { listOf } from '../protocol/answer-fields.ts';
import { createRoomsSchema, createStudySchema, patchStudySchema } from '../protocol/rest.ts';
import { createdRoomSchema, studyAnswerSchema } from '../protocol/study-answers.ts';
import type { Guards } from './authorize.ts';
import type { HttpDeps } from './context.ts';
import { csvHeadersOf } from './csv-response.ts';
import { refusalResponse } from './refusals.ts';
import {
  answers,
  createRoutes,
  idParams,
  jsonBody,
  limitBody,
  RESEARCHER,
  RESEARCHER_OR_ACCESS,
  SMALL_BODY_BYTES,
  STUDY_BODY_BYTES,
} from './route-parts.ts';

export const studiesRoutes = ({ studies, studyRooms }: HttpDeps, { researcher }: Guards) => {
  const app = createRoutes();
  const common = { tags: ['Studies'], security: RESEARCHER, middleware: [researcher] };
  const withStudy = { ...common, middleware: [researcher, ...limitBody(STUDY_BODY_BYTES)] };

  app.openapi(
    createRoute({
      ...withStudy,
      method: 'post',
      path: '/api/studies',
      summary: 'Makes a study',
      request: jsonBody(createStudySchema),
      responses: answers(201, 'The study, version 1', studyAnswerSchema),
    }),
    async (c) => {
      const outcome = await studies.create(c.req.valid('json'));
      return outcome.ok ? c.json(outcome.value, 201) : refusalResponse(c, outcome.refusal);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: '/api/studies',
      summary: 'Lists studies, newest first',
      request: { query: z.object({ cursor: z.string().max(200).optional() }) },
      responses: answers(200, 'Studies', listOf(studyAnswerSchema)),
    }),
    async (c) => {
      const outcome = await studies.list(c.req.valid('query').cursor);
      return outcome.ok ? c.json(outcome.value) : refusalResponse(c, outcome.refusal);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: '/api/studies/{id}',
      summary: 'The latest version of a study',
      request: { params: idParams },
      responses: answers(200, 'The study', studyAnswerSchema),
    }),
    async (c) => {
      const outcome = await studies.get(c.req.valid('param').id);
      return outcome.ok ? c.json(outcome.value) : refusalResponse(c, outcome.refusal);
    },
  );

  app.openapi(
    createRoute({
      ...withStudy,
      method: 'patch',
      path: '/api/studies/{id}',
      summary: 'Makes a new version of a study',
      description:
        'Fields left out keep their value; settings are merged one by one, null removes one. Rooms keep the version they were made with.',
      request: { params: idParams, ...jsonBody(patchStudySchema) },
      responses: answers(200, 'The new version', studyAnswerSchema),
    }),
    async (c) => {
      const outcome = await studies.patch(c.req.valid('param').id, c.req.valid('json'));
      return outcome.ok ? c.json(outcome.value) : refusalResponse(c, outcome.refusal);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      middleware: [researcher, ...limitBody(SMALL_BODY_BYTES)],
      method: 'post',
      path: '/api/studies/{id}/rooms',
      summary: 'Makes rooms of the latest version',
      request: { params: idParams, ...jsonBody(createRoomsSchema) },
      responses: answers(201, 'The rooms', z.object({ rooms: z.array(createdRoomSchema) })),
    }),
    async (c) => {
      const outcome = await studyRooms.create(c.req.valid('param').id, c.req.valid('json'));
      return outcome.ok ? c.json({ rooms: outcome.value }, 201) : refusalResponse(c, outcome.refusal);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      security: RESEARCHER_OR_ACCESS,
      method: 'get',
      path: '/api/studies/{id}/rooms.csv',
      summary: 'All rooms of a study with their links, for mailing',
      request: { params: idParams },
      responses: answers(200, 'text/csv, UTF-8'),
    }),
    async (c) => {
      const outcome = await studyRooms.ofStudy(c.req.valid('param').id);
      if (!outcome.ok) return refusalResponse(c, outcome.refusal);
      return c.body(roomsCsvOf(outcome.value), 200, csvHeadersOf('rooms.csv'));
    },
  );
  return app;
};
