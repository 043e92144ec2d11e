// Keys of researchers. Only a digest is kept: a key is shown once, in the answer that makes it. The bootstrap key comes
// from the configuration and is never stored, so that changing it there revokes it.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { ApiKeyAnswer } from '../protocol/rest.ts';
import type { ApiKeyStore, StoredApiKey } from './ports.ts';
import { MAX_TOKEN_LENGTH } from './presented-token.ts';
import { isSameSecret } from './same-secret.ts';

const PREFIX_LENGTH = 10;

export interface ApiKeys {
  isResearcher(key: string): Promise<boolean>;
  create(name: string): Promise<ApiKeyAnswer>;
  list(): Promise<ApiKeyAnswer[]>;
  /** False when there is no such key. */
  revoke(id: string): Promise<boolean>;
}

interface ApiKeysOptions {
  readonly store: ApiKeyStore;
  readonly bootstrapKey: string;
  readonly now: () => number;
}

// A plain digest is enough: the key is 32 random bytes, there is no dictionary to try.
const hashOf = (key: string): string => createHash('sha256').update(key).digest('base64url');

const answerOf = ({ hash: _, ...key }: StoredApiKey): ApiKeyAnswer => key;

export const createApiKeys = ({ store, bootstrapKey, now }: ApiKeysOptions): ApiKeys => ({
  async isResearcher(key) {
    if (key === '' || key.length > MAX_TOKEN_LENGTH) return false;
    return isSameSecret(key, bootstrapKey) || (await store.activeOfHash(hashOf(key))) !== undefined;
  },

  async create(name) {
    const key = `tri_${randomBytes(32).toString('base64url')}`;
    const stored = {
      id: randomUUID(),
      name,
      prefix: key.slice(0, PREFIX_LENGTH),
      hash: hashOf(key),
      createdAt: Math.round(now()),
    };
    await store.add(stored);
    return { ...answerOf(stored), key };
  },

  list: async () => (await store.list()).map(answerOf),
  revoke: (id) => store.revoke(id, Math.round(now())),
});
