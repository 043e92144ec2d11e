// Who may use a route. Middleware in front of everything else of the route: a body is read only from who may send one.
import type { MiddlewareHandler } from 'hono';
import { MAX_TOKEN_LENGTH } from '../access/presented-token.ts';
import type { HttpContext, HttpDeps, HttpEnv } from './context.ts';
import { refusalResponse } from './refusals.ts';

export interface Guards {
  readonly researcher: MiddlewareHandler<HttpEnv>;
  readonly participant: MiddlewareHandler<HttpEnv>;
  readonly participantOrResearcher: MiddlewareHandler<HttpEnv>;
}

const SCHEME = 'bearer ';

/** Undefined also for what is too long to be a key or a token of ours. */
export const bearerOf = (c: HttpContext): string | undefined => {
  const header = c.req.header('authorization') ?? '';
  if (header.length > SCHEME.length + MAX_TOKEN_LENGTH) return undefined;
  if (header.slice(0, SCHEME.length).toLowerCase() !== SCHEME) return undefined;
  return header.slice(SCHEME.length).trim() || undefined;
};

type GuardDeps = Pick<HttpDeps, 'apiKeys' | 'accessTokens' | 'participants'>;

export const createGuards = ({ apiKeys, accessTokens, participants }: GuardDeps): Guards => {
  /** The key by which it is asked, or which made the access token. */
  const keyIdOf = async (c: HttpContext): Promise<string | undefined> => {
    const bearer = bearerOf(c);
    const own = bearer === undefined ? undefined : await apiKeys.keyIdOf(bearer);
    if (own !== undefined) return own;
    const access = c.req.query('access');
    // HEAD asks for what GET would give, without its body.
    const reads = c.req.method === 'GET' || c.req.method === 'HEAD';
    if (!reads || access === undefined) return undefined;
    const keyId = await accessTokens.openedBy(access, new URL(c.req.url).pathname);
    return keyId !== undefined && (await apiKeys.isActive(keyId)) ? keyId : undefined;
  };

  const isResearcher = async (c: HttpContext): Promise<boolean> => {
    const keyId = await keyIdOf(c);
    c.set('keyId', keyId);
    return keyId !== undefined;
  };

  /** The refusal of a participant route, or undefined after the participant has been noted. */
  const refuseParticipant = async (c: HttpContext): Promise<Response | undefined> => {
    const bearer = bearerOf(c);
    const outcome = bearer === undefined ? undefined : await participants.authenticateParticipant(bearer);
    if (!outcome) return refusalResponse(c, { code: 'unauthorized' });
    if (!outcome.ok) return refusalResponse(c, outcome.refusal);
    c.set('participant', outcome.value);
    return undefined;
  };

  return {
    async researcher(c, next) {
      if (await isResearcher(c)) return next();
      const bearer = bearerOf(c);
      // A valid token of the wrong kind: who it is is known, and it is not enough.
      const known = bearer !== undefined && (await participants.authenticateParticipant(bearer)).ok;
      return refusalResponse(c, { code: known ? 'forbidden' : 'unauthorized' });
    },

    async participant(c, next) {
      const refusal = await refuseParticipant(c);
      if (!refusal) return next();
      const bearer = bearerOf(c);
      const isKey = bearer !== undefined && (await apiKeys.keyIdOf(bearer)) !== undefined;
      return isKey ? refusalResponse(c, { code: 'forbidden' }) : refusal;
    },

    async participantOrResearcher(c, next) {
      if (await isResearcher(c)) return next();
      return (await refuseParticipant(c)) ?? next();
    },
  };
};
