// What the server tells whoever runs and extends it: health, metrics, its description, the built page.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, createApiClient } from '../support/servers/api-client.ts';
import { type ApiServer, startApiServer } from '../support/servers/api-server.ts';

let server: ApiServer;
let api: ApiClient;
let webRoot: string;

beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), 'trialogue-web-'));
  server = await startApiServer({ webRoot });
  api = createApiClient(server);
});
afterAll(async () => {
  await server.close();
  await rm(webRoot, { recursive: true, force: true });
});

describe('for whoever runs and extends the server', () => {
  it('answers healthz and metrics, and readyz is not ready once it stops', async () => {
    expect((await api.call('GET', '/healthz')).body).toEqual({ status: 'alive' });
    const own = await startApiServer();
    const { call } = createApiClient(own);
    expect((await call('GET', '/readyz')).status).toBe(200);
    own.stopping.abort();
    expect((await call('GET', '/readyz')).status).toBe(503);
    await own.close();
    const { body } = await api.call<string>('GET', '/metrics');
    expect(body).toMatch(/http_request_duration_seconds_count\{method="GET",route="\/healthz",status="200"\} 1/);
    expect(body).not.toMatch(/route="[^"]*[0-9a-f]{8}-[0-9a-f]{4}/);
  });

  it('describes every route, from the schemas that check it', async () => {
    const { body } = await api.call<{ paths: Record<string, Record<string, unknown>> }>('GET', '/api/openapi.json');
    const routes = Object.entries(body.paths).flatMap(([path, item]) =>
      Object.keys(item).map((verb) => `${verb} ${path}`),
    );
    expect(routes).toEqual(
      expect.arrayContaining([
        'post /api/studies',
        'patch /api/studies/{id}',
        'post /api/join',
        'get /api/join/{code}',
        'put /api/recordings/{id}/chunks/{index}',
        'get /api/rooms/{id}/stream',
        'post /api/access',
        'delete /api/keys/{id}',
      ]),
    );
    expect(routes.length).toBeGreaterThanOrEqual(28);
    expect(JSON.stringify(body.paths['/api/join'])).toContain('"joinKey"');
    expect(JSON.stringify(body.paths['/api/studies'])).toContain('"countdownMs"');
    const page = await api.call<string>('GET', '/api/docs');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.body).toContain('/api/recordings/{id}/chunks/{index}');
    expect(page.body).not.toMatch(/(src|href)="https?:/);
  });

  it('serves the built page at every address of the page, and says how to build it when it is not there', async () => {
    const missing = await api.call<string>('GET', '/console');
    expect([missing.status, missing.body.includes('npm run build:web')]).toEqual([503, true]);
    await mkdir(join(webRoot, 'assets'));
    await writeFile(join(webRoot, 'index.html'), '<!doctype html><title>page</title>');
    await writeFile(join(webRoot, 'assets', 'main-1a2b.js'), 'export {};');
    const words = '// the same words again\n'.repeat(1_000);
    await writeFile(join(webRoot, 'assets', 'large-3c4d.js'), words);
    for (const path of ['/', '/j/ABC234', '/console/rooms/x']) {
      const page = await api.call<string>('GET', path);
      expect([page.status, page.body.includes('<title>page</title>')]).toEqual([200, true]);
      expect(page.headers.get('cache-control')).toBe('no-cache');
      const policy = page.headers.get('content-security-policy');
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain(`ws://127.0.0.1:${server.port}`);
    }
    const asset = await api.call<string>('GET', '/assets/main-1a2b.js');
    expect(asset.headers.get('content-type')).toMatch(/javascript/);
    expect(asset.headers.get('cache-control')).toContain('immutable');
    const large = await api.call<string>('GET', '/assets/large-3c4d.js', { headers: { 'accept-encoding': 'gzip' } });
    expect([large.headers.get('content-encoding'), large.body]).toEqual(['gzip', words]);
    expect((await api.call('GET', '/assets/gone-9z.js')).status).toBe(404);
  });
});
