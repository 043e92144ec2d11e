// The built web page. Files have hashed names and never change; every other address is the page itself, which finds its way
// by the address. Only names that were listed from the folder are served: no path from outside reaches the file system.
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { Hono } from 'hono';
import { compress } from 'hono/compress';
import { getMimeType } from 'hono/utils/mime';
import { pagePolicyOf } from './browser-headers.ts';
import type { HttpContext, HttpEnv } from './context.ts';
import { refusalResponse } from './refusals.ts';

const INDEX = 'index.html';
const HASHED = /^assets\//;
const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Trialogue</title>
<h1>The web page has not been built</h1><p>Run <code>npm run build:web</code> and start again. The API works: <a href="/api/docs">/api/docs</a>.</p></html>`;

const filesBelow = async (root: string): Promise<Set<string>> => {
  try {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
    return new Set(names.map((name) => name.split(sep).join('/')));
  } catch {
    // Not built (yet): the page that is served instead says so.
    return new Set();
  }
};

export const webPage = (webRoot: string): Hono<HttpEnv> => {
  const app = new Hono<HttpEnv>();
  let listed: Promise<Set<string>> | undefined;

  /** Listed once; while there is no page, every time, so that building it needs no restart. */
  const files = async (): Promise<Set<string>> => {
    listed ??= filesBelow(webRoot);
    const names = await listed;
    if (!names.has(INDEX)) listed = undefined;
    return names;
  };

  const serve = async (c: HttpContext, name: string): Promise<Response> => {
    const path = join(webRoot, name);
    const { size } = await stat(path);
    c.header('content-type', getMimeType(name) ?? 'application/octet-stream');
    c.header('content-length', String(size));
    c.header('cache-control', HASHED.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache');
    c.header('content-security-policy', pagePolicyOf(c.req.header('host')));
    c.header('permissions-policy', 'microphone=(self), screen-wake-lock=(self), camera=(), geolocation=()');
    if (c.req.method === 'HEAD') return c.body(null);
    return c.body(Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>);
  };

  app.use(compress());
  app.get('*', async (c) => {
    const names = await files();
    const name = c.req.path.slice(1);
    if (names.has(name)) return serve(c, name);
    // A missing file is missing; everything else is a place inside the page.
    if (/\.[A-Za-z0-9]{1,8}$/.test(name) || HASHED.test(name)) return refusalResponse(c, { code: 'not_found' });
    return names.has(INDEX) ? serve(c, INDEX) : c.html(NOT_BUILT, 503);
  });
  return app;
};
