// For whoever watches over the server: alive, ready, numbers.
import { Hono } from 'hono';
import type { HttpDeps, HttpEnv } from './context.ts';
import { refusalResponse } from './refusals.ts';

export const healthRoutes = ({ checkReady, stopping, metrics, log }: HttpDeps): Hono<HttpEnv> => {
  const app = new Hono<HttpEnv>();
  app.get('/healthz', (c) => c.json({ status: 'alive' }));
  app.get('/readyz', async (c) => {
    // A proxy takes a stopping server out of its list before the port closes.
    if (stopping.aborted) return refusalResponse(c, { code: 'unavailable' });
    try {
      await checkReady();
      return c.json({ status: 'ready' });
    } catch (error) {
      log.warn({ err: error }, 'not ready');
      return refusalResponse(c, { code: 'unavailable' });
    }
  });
  app.get('/metrics', async (c) => c.body(await metrics.metrics(), 200, { 'content-type': metrics.contentType }));
  return app;
};
