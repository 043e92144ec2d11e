// The API's description, made from the routes themselves, and a page that shows it without loading anything from elsewhere.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { html, raw } from 'hono/html';
import type { HttpEnv } from './context.ts';

const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'";
const DESCRIPTION = {
  openapi: '3.1.0',
  info: {
    title: 'Trialogue',
    version: '1',
    description:
      'Times are epoch milliseconds on the room clock. Ids are opaque. Errors are JSON: {error: {code, message, retryable, retryAfterMs?, details?, requestId}}.',
  },
};

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1a1b1e}
h2{border-bottom:1px solid #ced4da;margin-top:2.5rem}summary{cursor:pointer;padding:.3rem 0}
code,pre{font:13px/1.45 ui-monospace,monospace}pre{background:#f1f3f5;overflow:auto;padding:.8rem}
b{display:inline-block;width:4.5rem}details{border-bottom:1px solid #f1f3f5}details>div{padding:0 0 1rem 1rem}`;

type Document = ReturnType<OpenAPIHono<HttpEnv>['getOpenAPI31Document']>;
type Operation = NonNullable<NonNullable<Document['paths']>[string]['get']>;

interface ListedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const operationsOf = (document: Document): ListedOperation[] =>
  Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) => {
      const operation = item[method];
      return operation ? [{ method: method.toUpperCase(), path, operation }] : [];
    }),
  );

const section = (title: string, content: unknown) =>
  content === undefined ? '' : html`<h4>${title}</h4><pre>${JSON.stringify(content, null, 2)}</pre>`;

const operationOf = ({ method, path, operation }: ListedOperation) => {
  const { default: _, ...answers } = (operation.responses ?? {}) as Record<string, unknown>;
  const callers = (operation.security ?? []).map((one) => Object.keys(one).join(' and ') || 'anyone');
  return html`<details>
    <summary><b>${method}</b> <code>${path}</code> ${operation.summary ?? ''}</summary>
    <div>
      <p>${operation.description ?? ''}</p>
      <p>Who: ${callers.length > 0 ? callers.join(', or ') : 'anyone'}</p>
      ${section('Parameters', operation.parameters)} ${section('Body', operation.requestBody)}
      ${section('Answers', answers)}
    </div>
  </details>`;
};

const pageOf = (document: Document) => {
  const groups = Map.groupBy(operationsOf(document), ({ operation }) => operation.tags?.[0] ?? 'Other');
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Trialogue API</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <h1>Trialogue API</h1>
        <p>${document.info.description ?? ''}</p>
        <p>For programs: <a href="/api/openapi.json">openapi.json</a></p>
        ${[...groups].map(([tag, operations]) => html`<h2>${tag}</h2>${operations.map(operationOf)}`)}
      </body>
    </html>`;
};

/** After all routes: both describe what has been registered so far. */
export const describeApi = (app: OpenAPIHono<HttpEnv>): void => {
  const bearer = (description: string) => ({ type: 'http', scheme: 'bearer', description }) as const;
  const registry = app.openAPIRegistry;
  registry.registerComponent('securitySchemes', 'researcherKey', bearer('An API key'));
  registry.registerComponent('securitySchemes', 'participantToken', bearer('The token of one seat, from joining'));
  registry.registerComponent('securitySchemes', 'accessToken', {
    type: 'apiKey',
    in: 'query',
    name: 'access',
    description: 'From POST /api/access; opens one path for reading',
  });
  // Open to everybody and always the same, yet costly to make: made once, when first asked for.
  let made: Promise<{ readonly json: string; readonly page: string }> | undefined;
  const make = async () => {
    const document = app.getOpenAPI31Document(DESCRIPTION);
    return { json: JSON.stringify(document), page: String(await pageOf(document)) };
  };
  const description = () => {
    made ??= make();
    return made;
  };
  app.get('/api/openapi.json', async (c) =>
    c.body((await description()).json, 200, { 'content-type': 'application/json' }),
  );
  app.get('/api/docs', async (c) =>
    c.html((await description()).page, 200, { 'content-security-policy': PAGE_POLICY }),
  );
};
