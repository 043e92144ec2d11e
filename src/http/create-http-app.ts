// Everything that is served over HTTP, in the order in which a request passes it. Handlers parse and map; services decide.
import { OpenAPIHono } from '@hono/zod-openapi';
import { accessRoutes } from './access-routes.ts';
import { createGuards } from './authorize.ts';
import { corsFor, securityHeaders } from './browser-headers.ts';
import { choicesRoutes } from './choices-routes.ts';
import type { HttpDeps, HttpEnv } from './context.ts';
import { healthRoutes } from './health-routes.ts';
import { joinRoutes } from './join-routes.ts';
import { createObserve, requestIds } from './observe.ts';
import { describeApi } from './openapi.ts';
import { recordingsRoutes } from './recordings-routes.ts';
import { failureResponse, refusalResponse } from './refusals.ts';
import { resultsRoutes } from './results-routes.ts';
import { roomsRoutes } from './rooms-routes.ts';
import { studiesRoutes } from './studies-routes.ts';
import { telemetryRoutes } from './telemetry-routes.ts';
import { finishUnreadBody } from './unread-body.ts';
import { requireUtf8Address } from './utf8.ts';
import { webPage } from './web-page.ts';

export const createHttpApp = (deps: HttpDeps): OpenAPIHono<HttpEnv> => {
  const { log, metrics, clock, corsOrigins } = deps;
  const app = new OpenAPIHono<HttpEnv>();
  const guards = createGuards(deps);

  app.onError((error, c) => failureResponse(c, error, log));
  app.notFound((c) => refusalResponse(c, { code: 'not_found' }));
  app.use(requestIds, createObserve({ log, metrics, monotonic: clock.monotonic }), securityHeaders, finishUnreadBody);
  if (corsOrigins.length > 0) app.use('/api/*', corsFor(corsOrigins));

  app.use('/api/*', requireUtf8Address);

  app.route('/', healthRoutes(deps));
  for (const routes of [
    studiesRoutes,
    roomsRoutes,
    joinRoutes,
    recordingsRoutes,
    resultsRoutes,
    choicesRoutes,
    telemetryRoutes,
    accessRoutes,
  ]) {
    app.route('/', routes(deps, guards));
  }
  describeApi(app);
  app.all('/api/*', (c) => refusalResponse(c, { code: 'not_found' }));
  app.route('/', webPage(deps.webRoot));
  return app;
};
