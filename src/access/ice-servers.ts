// ICE servers for one participant. TURN credentials follow coturn's use-auth-secret: the user name is `expiry:participant`,
// the password its HMAC-SHA1 under the shared secret, so that the relay needs no database.
import { createHmac } from 'node:crypto';
import type { IceServer } from '../protocol/join-answers.ts';
import type { RoomDefinition } from '../room/state.ts';

/** Credentials that run out in a debate would cut it at the next ICE restart: a day is added to its longest possible end. */
const LIFETIME_AFTER_ROOM_MS = 24 * 3_600_000;
/** What a debate without a time limit is expected to last at most. */
const LONGEST_DEBATE_MINUTES = 1_440;

export interface IceConfig {
  readonly stunUrls: readonly string[];
  readonly turnUrls: readonly string[];
  readonly turnSecret?: string | undefined;
}

interface IceRequest {
  readonly participantId: string;
  readonly definition: Pick<RoomDefinition, 'expiresAt' | 'content'>;
  readonly now: number;
}

export const iceServersOf = (config: IceConfig, { participantId, definition, now }: IceRequest): IceServer[] => {
  const servers: IceServer[] = [];
  if (config.stunUrls.length > 0) servers.push({ urls: [...config.stunUrls] });
  if (config.turnUrls.length > 0 && config.turnSecret !== undefined) {
    const { timeLimitMinutes = LONGEST_DEBATE_MINUTES } = definition.content.settings;
    const longestEnd = definition.expiresAt + timeLimitMinutes * 60_000;
    const expiry = Math.ceil((Math.max(now, longestEnd) + LIFETIME_AFTER_ROOM_MS) / 1_000);
    const username = `${expiry}:${participantId}`;
    const credential = createHmac('sha1', config.turnSecret).update(username).digest('base64');
    servers.push({ urls: [...config.turnUrls], username, credential });
  }
  return servers;
};
