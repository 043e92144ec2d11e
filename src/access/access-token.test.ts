import { expect, it } from 'vitest';
import { ACCESS_LIFETIME_MS, createAccessTokens } from './access-token.ts';

const secret = 'a secret of more than thirty-two characters';

it('[SE8] opens one path until it expires, whatever its query', async () => {
  const time = { now: 1_900_000_000_000 };
  const tokens = createAccessTokens({ secret, now: () => time.now });
  const { access, expiresAt } = await tokens.issueAccessToken('/api/rooms/r1/transcript?format=vtt');
  expect(expiresAt).toBeLessThanOrEqual(time.now + ACCESS_LIFETIME_MS);
  expect(await tokens.opensPath(access, '/api/rooms/r1/transcript')).toBe(true);
  for (const path of [
    '/api/rooms/r1',
    '/api/rooms/r1/transcript/',
    '/api/rooms/r2/transcript',
    '/api/rooms/R1/transcript',
  ]) {
    expect(await tokens.opensPath(access, path)).toBe(false);
  }
  expect(await tokens.opensPath(`${access}x`, '/api/rooms/r1/transcript')).toBe(false);
  expect(
    await createAccessTokens({ secret: `${secret}!`, now: () => time.now }).opensPath(
      access,
      '/api/rooms/r1/transcript',
    ),
  ).toBe(false);
  time.now += ACCESS_LIFETIME_MS;
  expect(await tokens.opensPath(access, '/api/rooms/r1/transcript')).toBe(false);
});

it('[SE9] a path with dots opens what it leads to, not what it looks like', async () => {
  const tokens = createAccessTokens({ secret, now: () => 1_900_000_000_000 });
  const { access } = await tokens.issueAccessToken('/api/rooms/../recordings/x/audio');
  expect(await tokens.opensPath(access, '/api/recordings/x/audio')).toBe(true);
  expect(await tokens.opensPath(access, '/api/rooms/x')).toBe(false);
});
