// The way into a room, and what a participant's browser needs to reach the others.
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { isSessionOpen } from '../access/participant-auth.ts';
import { iceServerSchema, joinAnswerSchema, joinInfoSchema } from '../protocol/join-answers.ts';
import { joinSchema, roomCodeSchema } from '../protocol/rest.ts';
import { bearerOf, type Guards } from './authorize.ts';
import type { HttpDeps } from './context.ts';
import { addressOf } from './observe.ts';
import { refusalResponse } from './refusals.ts';
import { answers, createRoutes, jsonBody, limitBody, PARTICIPANT, SMALL_BODY_BYTES } from './route-parts.ts';

export const joinRoutes = ({ joining, iceServersOf, clock, trustProxy }: HttpDeps, { participant }: Guards) => {
  const app = createRoutes();
  const common = { tags: ['Joining'] };

  app.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: '/api/join/{code}',
      summary: 'What the join page shows: title, language, consent, whether a PIN is asked for',
      request: { params: z.object({ code: roomCodeSchema }) },
      responses: answers(200, 'What to ask for', joinInfoSchema),
    }),
    async (c) => {
      const outcome = await joining.info(c.req.valid('param').code, { address: addressOf(c, trustProxy) });
      return outcome.ok ? c.json(outcome.value) : refusalResponse(c, outcome.refusal);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      middleware: [...limitBody(SMALL_BODY_BYTES)],
      method: 'post',
      path: '/api/join',
      summary: 'Takes a seat, or finds the one that is one’s own',
      description:
        'The same externalId, joinKey or own bearer token gives the same seat. An externalId that is blank, or a template that was never filled in, opens no seat and stops nobody. A bearer token of another room is ignored. Only wrong codes and wrong PINs count against an address, 30 a minute.',
      security: [{}, ...PARTICIPANT],
      request: jsonBody(joinSchema),
      responses: answers(200, 'The seat, its token and the ICE servers', joinAnswerSchema),
    }),
    async (c) => {
      const caller = { address: addressOf(c, trustProxy), bearer: bearerOf(c) };
      const outcome = await joining.join(c.req.valid('json'), caller);
      return outcome.ok ? c.json(outcome.value) : refusalResponse(c, outcome.refusal);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      middleware: [participant],
      security: PARTICIPANT,
      method: 'get',
      path: '/api/ice-servers',
      summary: 'Fresh ICE servers with credentials that outlive the room',
      responses: answers(200, 'ICE servers', z.object({ iceServers: z.array(iceServerSchema) })),
    }),
    (c) => {
      const seat = c.get('participant');
      if (!seat) return refusalResponse(c, { code: 'unauthorized' });
      if (!isSessionOpen(seat.claims, seat.state, clock.now())) return refusalResponse(c, { code: 'room_expired' });
      return c.json({ iceServers: iceServersOf(seat.participant.id, seat.state) });
    },
  );
  return app;
};
