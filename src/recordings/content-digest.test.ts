import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { contentDigestOf, sha256Of } from './content-digest.ts';

const digest = createHash('sha256').update('x').digest('base64');

it('[RC3] reads the sha-256 of a field, among others too', () => {
  expect(sha256Of(contentDigestOf(digest))).toBe(digest);
  expect(sha256Of(`sha-512=:AAAA:, sha-256=:${digest}:`)).toBe(digest);
});

it('[RC3] takes nothing else', () => {
  for (const field of [
    undefined,
    '',
    digest,
    `sha-256=${digest}`,
    'sha-256=:AAAA:',
    `SHA-256=:${digest}:`,
    'sha-256=::',
  ]) {
    expect(sha256Of(field)).toBeUndefined();
  }
});
