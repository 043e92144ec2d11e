import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { studyContentSchema } from '../protocol/study.ts';
import { iceServersOf } from './ice-servers.ts';

const content = studyContentSchema.parse({ title: 'T', pages: [{ title: 'One' }] });
const request = { participantId: 'p1', definition: { expiresAt: 2_000_000_000_000, content }, now: 1_900_000_000_000 };
const stunUrls = ['stun:a'];
const turnUrls = ['turn:b', 'turns:b'];

it('[JN8] signs the user name, which says until when and for whom', () => {
  const [stun, turn] = iceServersOf({ stunUrls, turnUrls, turnSecret: 'shared' }, request);
  expect(stun).toEqual({ urls: stunUrls });
  expect(turn?.urls).toEqual(turnUrls);
  expect(turn?.username).toMatch(/^\d{10}:p1$/);
  expect(turn?.credential).toBe(
    createHmac('sha1', 'shared')
      .update(turn?.username ?? '')
      .digest('base64'),
  );
});

it('[JN8] outlives a room that starts at the last moment and lasts as long as it may', () => {
  const untilOf = (timeLimitMinutes: number, now: number): number => {
    const settings = { ...content.settings, timeLimitMinutes };
    const definition = { ...request.definition, content: { ...content, settings } };
    const [turn] = iceServersOf({ stunUrls: [], turnUrls, turnSecret: 's' }, { ...request, definition, now });
    return Number(turn?.username?.split(':')[0]) * 1_000;
  };
  expect(untilOf(90, request.now)).toBeGreaterThan(2_000_000_000_000 + 90 * 60_000);
  expect(untilOf(1, 2_100_000_000_000)).toBeGreaterThan(2_100_000_000_000);
});

it('[JN8] gives no TURN server without a secret, and nothing when nothing is set', () => {
  expect(iceServersOf({ stunUrls, turnUrls }, request)).toEqual([{ urls: stunUrls }]);
  expect(iceServersOf({ stunUrls: [], turnUrls: [], turnSecret: 's' }, request)).toEqual([]);
});
