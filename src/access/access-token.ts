// Short-lived tokens for places where a browser cannot send headers (audio elements, downloads, event streams). One opens
// exactly one path, for reading, with the rights of the key that made it, and ends with that key; whoever finds it in a log later
// finds it expired.
import { jwtVerify, SignJWT } from 'jose';
import { presentedTokenOf } from './presented-token.ts';

const AUDIENCE = 'access';
export const ACCESS_LIFETIME_MS = 15 * 60_000;

export interface AccessTokens {
  issueAccessToken(path: string, keyId: string): Promise<{ readonly access: string; readonly expiresAt: number }>;
  /** The id of the key that made it; whether that is still valid is another question. */
  openedBy(token: string, path: string): Promise<string | undefined>;
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
    async issueAccessToken(path, keyId) {
      const expiresAt = Math.floor((now() + ACCESS_LIFETIME_MS) / 1_000) * 1_000;
      const access = await new SignJWT({ path: pathnameOf(path), key: keyId })
        .setProtectedHeader({ alg: 'HS256' })
        .setAudience(AUDIENCE)
        .setExpirationTime(expiresAt / 1_000)
        .sign(key);
      return { access, expiresAt };
    },

    async openedBy(given, path) {
      const token = presentedTokenOf(given);
      if (token === undefined) return undefined;
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: ['HS256'],
          audience: AUDIENCE,
          requiredClaims: ['exp', 'path', 'key'],
          currentDate: new Date(now()),
        });
        return payload.path === pathnameOf(path) && typeof payload.key === 'string' ? payload.key : undefined;
      } catch {
        // jose throws for every kind of bad token; to the caller they are all the same.
        return undefined;
      }
    },
  };
};
