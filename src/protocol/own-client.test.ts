// What our own client calls itself.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isOwnClient, isOwnRequest, OWN_ACCEPT, OWN_CLIENT } from './own-client.ts';

it('the client says the version of the package', () => {
  const { name, version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(OWN_CLIENT).toBe(`${name}/${version}`);
  expect(OWN_ACCEPT).toBe(`application/json;client=${name}-${version}`);
});

it.each([
  [OWN_CLIENT, true],
  ['trialogue/99.0.0', true],
  ['somebody/1', false],
  [undefined, false],
  [{ startsWith: 1 }, false],
])('as a socket says it: %j is ours: %j', (said, own) => expect(isOwnClient(said)).toBe(own));

it.each([
  [OWN_ACCEPT, true],
  ['*/*', false],
  ['application/json', false],
  [undefined, false],
])('as a request says it: %j is ours: %j', (said, own) => expect(isOwnRequest(said)).toBe(own));
