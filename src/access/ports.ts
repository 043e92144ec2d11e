// What access control needs from outside. Adapters live in infra/.

export interface StoredApiKey {
  readonly id: string;
  readonly name: string;
  /** The first characters, to tell keys apart. */
  readonly prefix: string;
  /** SHA-256 of the key, base64url. */
  readonly hash: string;
  readonly createdAt: number;
  readonly revokedAt?: number;
}

export interface ApiKeyStore {
  add(key: StoredApiKey): Promise<void>;
  /** Oldest first, revoked ones included. */
  list(): Promise<StoredApiKey[]>;
  /** Undefined also when the key has been revoked. */
  activeOfHash(hash: string): Promise<StoredApiKey | undefined>;
  /** False when there is no such key. A revoked key stays revoked since the first time. */
  revoke(id: string, at: number): Promise<boolean>;
}
