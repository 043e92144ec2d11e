// Text that is not UTF-8 is refused: decoders would put a replacement for what they cannot read, and a name would be lost
// without a word.
import { isUtf8 } from 'node:buffer';
import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from './context.ts';
import { invalidRequest } from './refusals.ts';

export const requireUtf8Body: MiddlewareHandler<HttpEnv> = async (c, next) =>
  isUtf8(await c.req.arrayBuffer()) ? next() : invalidRequest(c, 'body', 'must be UTF-8', 400);

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

export const requireUtf8Address: MiddlewareHandler<HttpEnv> = async (c, next) =>
  isDecodable(c.req.url) ? next() : invalidRequest(c, 'address', 'must have its escapes in UTF-8', 400);
