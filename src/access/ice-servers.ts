// ICE servers for one participant. TURN credentials follow coturn's use-auth-secret: the user name is `expiry:participant`,
// the password its HMAC-SHA1 under the shared secret, so that the relay needs no database.
import { createHmac } from 'node:crypto';
import type { IceServer } from '../protocol/rest.ts';

/** A day that is added to the end of the room's life: credentials that run out in a debate would cut it at an ICE restart. */
const LIFETIME_AFTER_ROOM_MS = 24 * 3_600_000;

export interface IceConfig {
  readonly stunUrls: readonly string[];
  readonly turnUrls: readonly string[];
  readonly turnSecret?: string;
}

interface IceRequest {
  readonly participantId: string;
  /** When the room can last no longer, epoch ms, as far as it is known. */
  readonly roomEndsBy: number;
  readonly now: number;
}

export const iceServersOf = (config: IceConfig, { participantId, roomEndsBy, now }: IceRequest): IceServer[] => {
  const servers: IceServer[] = [];
  if (config.stunUrls.length > 0) servers.push({ urls: [...config.stunUrls] });
  if (config.turnUrls.length > 0 && config.turnSecret !== undefined) {
    const expiry = Math.ceil((Math.max(now, roomEndsBy) + LIFETIME_AFTER_ROOM_MS) / 1_000);
    const username = `${expiry}:${participantId}`;
    const credential = createHmac('sha1', config.turnSecret).update(username).digest('base64');
    servers.push({ urls: [...config.turnUrls], username, credential });
  }
  return servers;
};
