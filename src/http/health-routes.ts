// For monitoring and proxies: whether the server is alive, whether it is ready, and its metrics.
import { Hono } from 'hono';
import type { HttpDeps, HttpEnv } from './context.ts';
import { refusalResponse } from './refusals.ts';

export const healthRoutes = ({ checkReady, recordings, stopping, metrics, log }: HttpDeps): Hono<HttpEnv> => {
  const app = new Hono<HttpEnv>();
  /** A change is logged once: a proxy may ask every second. */
  let wasReady = true;
  app.get('/healthz', (c) => c.json({ status: 'alive' }));
  app.get('/readyz', async (c) => {
    // A proxy takes a stopping server out of its list before the port closes.
    if (stopping.aborted) return refusalResponse(c, { code: 'unavailable' });
    try {
      await checkReady();
      if (!wasReady) log.info('ready again');
      wasReady = true;
      // Not 503: taken out of the proxy's list, it would take the debates with it, which go on without harm.
      const isFull = await recordings.isStorageFull().catch(() => true);
      return c.json(isFull ? { status: 'degraded', reasons: ['storage_full'] } : { status: 'ready' });
    } catch (error) {
      if (wasReady) log.warn({ err: error }, 'not ready');
      wasReady = false;
      return refusalResponse(c, { code: 'unavailable' });
    }
  });
  app.get('/metrics', async (c) => c.body(await metrics.metrics(), 200, { 'content-type': metrics.contentType }));
  return app;
};
