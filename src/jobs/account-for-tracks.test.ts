import { expect, test } from 'vitest';
import type { StudyContent } from '../protocol/study.ts';
import { composeTranscript } from './account-for-tracks.ts';
import type { TranscribeInput } from './debate-input.ts';
import type { HeardTake } from './hear-take.ts';

test('[JB21] a take that nobody asked for is missing as a whole, not by the stretch at which the service closed', () => {
  const debaters = ['a', 'b'].map((id, seat) => ({ id, seat, nickname: id }));
  const takes = debaters.map(({ id }) => ({
    recording: {
      id: `of-${id}`,
      roomId: 'room',
      participantId: id,
      take: 0,
      path: 'p',
      startedAt: 0,
      mimeType: 'audio/webm',
      completedAt: 1,
    },
    chunks: [{ index: 0, digest: 'd', bytes: 1, startedAt: 0, endedAt: 1, flagged: false }],
  }));
  const input: TranscribeInput = {
    roomId: 'room',
    content: { language: 'en', settings: { record: true } } as StudyContent,
    facts: { debaters, removed: new Set(), pageTurns: [], choices: [] },
    startedAt: 0,
    endedAt: 10_000,
    takes,
  };
  const [take] = takes;
  if (!take) throw new Error('no take');
  const stopped: HeardTake = {
    take,
    segments: [],
    forms: [],
    pieces: 2,
    answered: 1,
    notes: [{ code: 'quota_exhausted', message: 'used up', fromMs: 5_000, toMs: 9_000 }],
    faults: [],
    later: [],
    isStopped: true,
    hasAudio: true,
  };
  const { tracks } = composeTranscript(input, [stopped], 'm');
  expect(tracks?.map(({ notes }) => notes)).toEqual([
    [{ code: 'quota_exhausted', message: 'used up', fromMs: 5_000, toMs: 9_000 }],
    [{ code: 'quota_exhausted', message: 'used up' }],
  ]);
});
