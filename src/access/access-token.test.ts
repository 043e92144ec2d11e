import { expect, it } from 'vitest';
import { ACCESS_LIFETIME_MS, createAccessTokens } from './access-token.ts';

const secret = 'a secret of more than thirty-two characters';

it('[SE8] opens one path until it expires, whatever its query', async () => {
  const time = { now: 1_900_000_000_000 };
  const tokens = createAccessTokens({ secret, now: () => time.now });
  const { access, expiresAt } = await tokens.issueAccessToken('/api/rooms/r1/transcript?format=vtt', 'key');
  expect(expiresAt).toBeLessThanOrEqual(time.now + ACCESS_LIFETIME_MS);
  expect(await tokens.openedBy(access, '/api/rooms/r1/transcript')).toBe('key');
  for (const path of [
    '/api/rooms/r1',
    '/api/rooms/r1/transcript/',
    '/api/rooms/r2/transcript',
    '/api/rooms/R1/transcript',
  ]) {
    expect(await tokens.openedBy(access, path)).toBeUndefined();
  }
  expect(await tokens.openedBy(`${access}x`, '/api/rooms/r1/transcript')).toBeUndefined();
  expect(
    await createAccessTokens({ secret: `${secret}!`, now: () => time.now }).openedBy(
      access,
      '/api/rooms/r1/transcript',
    ),
  ).toBeUndefined();
  time.now += ACCESS_LIFETIME_MS;
  expect(await tokens.openedBy(access, '/api/rooms/r1/transcript')).toBeUndefined();
});

it('[SE9] a path with dots opens what it leads to, not what it looks like', async () => {
  const tokens = createAccessTokens({ secret, now: () => 1_900_000_000_000 });
  const { access } = await tokens.issueAccessToken('/api/rooms/../recordings/x/audio', 'key');
  expect(await tokens.openedBy(access, '/api/recordings/x/audio')).toBe('key');
  expect(await tokens.openedBy(access, '/api/rooms/x')).toBeUndefined();
});
