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
  /** False also when there is no such key. */
  isActive(id: string): Promise<boolean>;
  /** False when there is no such key. A revoked key stays revoked since the first time. */
  revoke(id: string, at: number): Promise<boolean>;
}

/** How long refused attempts are counted together, from the first of them on. */
export const ATTEMPT_WINDOW_MS = 60_000;

/** Counts refused attempts per address, over all nodes. Neither call ever rejects. */
export interface AttemptLimiter {
  /** How long this address has to wait; 0 when it may try. */
  waitMs(address: string): Promise<number>;
  /**
   * Counts one more, unless the address has to wait already; resolves to how long. Look and count are one step: of any number
   * of calls at once no more than the limit resolve to 0.
   */
  refused(address: string): Promise<number>;
}
