// When an upload is refused midway, its sender must still get the answer. If the connection is closed while bytes are still coming
// it is reset and the answer is lost. So the rest of the body is read before the answer. If that takes too long, the answer says
// `Connection: close`, so that no further request is sent on it, and reading goes on for a while after the answer.
import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from './context.ts';

interface Bounds {
  readonly bytes: number;
  readonly ms: number;
}
/** As much as the largest body that is taken: whoever is a little over the limit keeps the connection. */
const BEFORE_ANSWER: Bounds = { bytes: 16 * 1024 * 1024, ms: 2_000 };
/** Senders that look for an answer find it meanwhile; the others are cut. */
const AFTER_ANSWER: Bounds = { bytes: 64 * 1024 * 1024, ms: 10_000 };

/** Reads on, and drops what it reads, until the end or a bound; may be called again. */
const createRestReader = (body: ReadableStream<Uint8Array>) => {
  const reader = body.getReader();
  const read = () => {
    const part = reader.read();
    // Whoever hangs up while nobody waits is no news.
    part.catch(() => {});
    return part;
  };
  // A read that outlasts one call is the next call's first.
  let next = read();
  return async ({ bytes, ms }: Bounds): Promise<void> => {
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), ms);
    try {
      for (let left = bytes; left >= 0; next = read()) {
        const part = await Promise.race([next, late.promise]);
        if (part === 'late' || part.done) return;
        left -= part.value.byteLength;
      }
    } catch {
      // The sender has hung up.
    } finally {
      clearTimeout(timer);
    }
  };
};

export const finishUnreadBody: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  const incoming = c.env?.incoming;
  if (incoming === undefined || c.res.ok || c.req.method === 'GET' || c.req.method === 'HEAD') return;
  const { body } = c.req.raw;
  if (incoming.readableEnded || !body) return;
  if (body.locked) return c.header('connection', 'close');
  const readRest = createRestReader(body);
  await readRest(BEFORE_ANSWER);
  if (incoming.readableEnded) return;

  const answer = new Uint8Array(await c.res.arrayBuffer());
  c.header('connection', 'close');
  c.header('content-length', String(answer.byteLength));
  // Its length ends the answer for the sender, its last byte keeps the connection here.
  const lingering = new ReadableStream({
    async start(controller) {
      controller.enqueue(answer);
      await readRest(AFTER_ANSWER);
      controller.close();
    },
  });
  c.res = new Response(lingering, c.res);
};
