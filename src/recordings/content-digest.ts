// RFC 9530 digests: `sha-256=:base64:`, possibly among others.

const SHA_256_BASE64 = /^[A-Za-z0-9+/]{43}=$/;

/** The base64 of the sha-256 member; undefined when it is missing or malformed. */
export const sha256Of = (field: string | undefined): string | undefined => {
  for (const member of (field ?? '').split(',')) {
    const match = /^\s*sha-256\s*=\s*:([^:]*):\s*$/.exec(member);
    if (match) {
      const base64 = match[1] ?? '';
      // The last character may carry loose bits: only the canonical spelling is compared later.
      return SHA_256_BASE64.test(base64) ? Buffer.from(base64, 'base64').toString('base64') : undefined;
    }
  }
  return undefined;
};

export const contentDigestOf = (sha256: string): string => `sha-256=:${sha256}:`;
