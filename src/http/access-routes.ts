// Keys of researchers, and the short-lived tokens that stand for one where a browser cannot send headers.
import { createRoute } from '@hono/zod-openapi';
import { accessAnswerSchema, apiKeyAnswerSchema } from '../protocol/access-answers.ts';
import { listOf } from '../protocol/answer-fields.ts';
import { createAccessSchema, createApiKeySchema } from '../protocol/rest.ts';
import type { Guards } from './authorize.ts';
import type { HttpDeps } from './context.ts';
import { refusalResponse } from './refusals.ts';
import { answers, createRoutes, idParams, jsonBody, limitBody, RESEARCHER, SMALL_BODY_BYTES } from './route-parts.ts';

export const accessRoutes = ({ apiKeys, accessTokens }: HttpDeps, { researcher }: Guards) => {
  const app = createRoutes();
  const common = {
    tags: ['Access'],
    security: RESEARCHER,
    middleware: [researcher, ...limitBody(SMALL_BODY_BYTES)],
  };

  app.openapi(
    createRoute({
      ...common,
      method: 'post',
      path: '/api/access',
      summary: 'A token that opens exactly one path for reading, for 15 minutes, as ?access=',
      request: jsonBody(createAccessSchema),
      responses: answers(201, 'The token', accessAnswerSchema),
    }),
    async (c) => {
      const { access, expiresAt } = await accessTokens.issueAccessToken(c.req.valid('json').path, c.get('keyId') ?? '');
      return c.json({ access, token: access, expiresAt }, 201);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      method: 'post',
      path: '/api/keys',
      summary: 'Makes an API key; it is shown this once',
      request: jsonBody(createApiKeySchema),
      responses: answers(201, 'The key', apiKeyAnswerSchema),
    }),
    async (c) => c.json(await apiKeys.create(c.req.valid('json').name), 201),
  );

  app.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: '/api/keys',
      summary: 'Lists API keys, revoked ones included',
      responses: answers(200, 'Keys', listOf(apiKeyAnswerSchema)),
    }),
    async (c) => c.json({ items: await apiKeys.list() }),
  );

  app.openapi(
    createRoute({
      ...common,
      method: 'delete',
      path: '/api/keys/{id}',
      summary: 'Revokes an API key at once',
      request: { params: idParams },
      responses: answers(204, 'Revoked'),
    }),
    async (c) =>
      (await apiKeys.revoke(c.req.valid('param').id))
        ? c.body(null, 204)
        : refusalResponse(c, { code: 'api_key_not_found' }),
  );
  return app;
};
