import { expect, test } from 'vitest';
import { wavOf } from '../../test/support/jobs/long-audio.ts';
import type { AskSpeech } from './ask-speech.ts';
import { hearTake } from './hear-take.ts';
import { takeOf } from './take-audio.ts';

test('[JB27] a service that calls everything too large is asked for an end, and the track says so', async () => {
  const bytes = wavOf(1_500, 8_000);
  const recording = {
    id: 'r',
    roomId: 'room',
    participantId: 'p',
    take: 0,
    path: 'rooms/r',
    startedAt: 0,
    mimeType: 'audio/wav',
  };
  const chunk = { index: 0, digest: 'AA==', bytes: bytes.length, startedAt: 0, endedAt: 0, flagged: false };
  const blobs = {
    async *open() {
      yield bytes;
    },
  };
  let calls = 0;
  const speech = {
    attemptsOf: () => 0,
    async ask() {
      calls += 1;
      return { type: 'too_large' };
    },
  } as unknown as AskSpeech;
  const heard = await hearTake(takeOf(recording, [chunk]), speech, blobs);
  expect(calls).toBeLessThanOrEqual(511);
  expect(heard.answered).toBe(0);
  expect(new Set(heard.notes.map(({ code }) => code))).toEqual(new Set(['audio_too_large']));
});
