// Keys of researchers. Only a digest is kept: a key is shown once, in the answer that makes it. The bootstrap key comes
// from the configuration and is never stored, so that changing it there revokes it.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { ApiKeyAnswer } from '../protocol/access-answers.ts';
import type { ApiKeyStore, StoredApiKey } from './ports.ts';
import { MAX_TOKEN_LENGTH } from './presented-token.ts';
import { isSameSecret } from './same-secret.ts';

const PREFIX_LENGTH = 10;

export interface ApiKeys {
  /** The id of a key that is valid, under which access that it gave is looked at again. */
  keyIdOf(key: string): Promise<string | undefined>;
  isActive(keyId: string): Promise<boolean>;
  /** Calls when this node revokes the key; on other nodes whoever relies on it asks `isActive`. Returns how to stop. */
  onRevoked(keyId: string, callback: () => void): () => void;
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

export const createApiKeys = ({ store, bootstrapKey, now }: ApiKeysOptions): ApiKeys => {
  // Another bootstrap key is another id: what the former one gave ends with it.
  const bootstrapId = `bootstrap-${hashOf(`id of ${bootstrapKey}`)}`;
  const watches = new Map<string, Set<() => void>>();
  return {
    async keyIdOf(key) {
      if (key === '' || key.length > MAX_TOKEN_LENGTH) return undefined;
      return isSameSecret(key, bootstrapKey) ? bootstrapId : (await store.activeOfHash(hashOf(key)))?.id;
    },

    isActive: async (keyId) => keyId === bootstrapId || store.isActive(keyId),

    onRevoked(keyId, callback) {
      const callbacks = watches.get(keyId) ?? new Set();
      watches.set(keyId, callbacks.add(callback));
      return () => {
        callbacks.delete(callback);
        if (callbacks.size === 0) watches.delete(keyId);
      };
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
    async revoke(id) {
      const revoked = await store.revoke(id, Math.round(now()));
      for (const callback of [...(watches.get(id) ?? [])]) callback();
      return revoked;
    },
  };
};
