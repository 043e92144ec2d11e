// Short-lived tokens for places where a browser cannot send headers (audio elements, downloads, event streams). One opens
// exactly one path, for reading, with a researcher's rights; whoever finds it in a log later finds it expired.
import { jwtVerify, SignJWT } from 'jose';
import { presentedTokenOf } from './presented-token.ts';

const AUDIENCE = 'access';
export const ACCESS_LIFETIME_MS = 15 * 60_000;

export interface AccessTokens {
  issueAccessToken(path: string): Promise<{ readonly access: string; readonly expiresAt: number }>;
  opensPath(token: string, path: string): Promise<boolean>;
}

interface AccessTokensOptions {
  readonly secret: string;
  readonly now: () => number;
}

/** The path alone, as the router sees it: the query (formats, the token itself) is not part of what is opened. */
const pathnameOf = (path: string): string => new URL(path, 'http://localhost').pathname;

export const createAccessTokens = ({ secret, now }: AccessTokensOptions): AccessTokens => {
  const key = new TextEncoder().encode(secret);
  return {
    async issueAccessToken(path) {
      const expiresAt = Math.floor((now() + ACCESS_LIFETIME_MS) / 1_000) * 1_000;
      const access = await new SignJWT({ path: pathnameOf(path) })
        .setProtectedHeader({ alg: 'HS256' })
        .setAudience(AUDIENCE)
        .setExpirationTime(expiresAt / 1_000)
        .sign(key);
      return { access, expiresAt };
    },

    async opensPath(given, path) {
      const token = presentedTokenOf(given);
      if (token === undefined) return false;
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: ['HS256'],
          audience: AUDIENCE,
          requiredClaims: ['exp', 'path'],
          currentDate: new Date(now()),
        });
        return payload.path === pathnameOf(path);
      } catch {
        // jose throws for every kind of bad token; to the caller they are all the same.
        return false;
      }
    },
  };
};
