import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { createParticipantTokens } from './participant-token.ts';

const secret = 'a secret of more than thirty-two characters';
const claims = { participantId: 'p1', roomId: 'r1', sessionUntil: 1_000 };

test('a token says which seat in which room, with or without quotes around it', async () => {
  const tokens = createParticipantTokens({ secret });
  const token = await tokens.issueParticipantToken(claims);
  expect(await tokens.verifyParticipantToken(token)).toEqual(claims);
  expect(await tokens.verifyParticipantToken(`"${token}"`)).toEqual(claims);
});

test('another secret, a changed token and tokens of another kind open nothing', async () => {
  const tokens = createParticipantTokens({ secret });
  const token = await tokens.issueParticipantToken(claims);
  const foreign = await createParticipantTokens({ secret: `${secret}!` }).issueParticipantToken(claims);
  const [header, , signature] = token.split('.');
  const body = Buffer.from(JSON.stringify({ sub: 'p2', room: 'r1', session: 1, aud: 'participant' }));
  const otherKind = await new SignJWT({ room: 'r1', session: 1, sub: 'p1' })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience('access')
    .sign(new TextEncoder().encode(secret));
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body.toString('base64url')}.`;
  for (const bad of [
    foreign,
    `${header}.${body.toString('base64url')}.${signature}`,
    otherKind,
    unsigned,
    '',
    'x.y.z',
  ]) {
    expect(await tokens.verifyParticipantToken(bad)).toBeUndefined();
  }
});
