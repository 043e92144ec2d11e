// A small transcript and report with hostile words and names in them, for tests of whatever is made out of them.
import type { Report } from '../../../src/protocol/report.ts';
import type { Transcript, Utterance } from '../../../src/protocol/transcript.ts';

export const utteranceOf = (id: string, seat: number, nickname: string, text: string, fromMs: number): Utterance => ({
  id,
  participantId: `p${seat}`,
  seat,
  nickname,
  recordingId: `r${seat}`,
  startsAt: 1_000_000 + fromMs,
  endsAt: 1_000_000 + fromMs + 1_500,
  fromMs,
  toMs: fromMs + 1_500,
  page: fromMs < 10_000 ? 0 : 1,
  text,
});

export const transcriptOf = (utterances: readonly Utterance[], overrides: Partial<Transcript> = {}): Transcript => ({
  roomId: 'room',
  revision: 1,
  createdAt: 2_000_000,
  startedAt: 1_000_000,
  endedAt: 1_060_000,
  language: 'en',
  model: 'whisper-1',
  status: 'complete',
  utterances,
  ...overrides,
});

export const reportOf = (overrides: Partial<Report> = {}): Report => ({
  roomId: 'room',
  revision: 1,
  transcriptRevision: 1,
  createdAt: 2_000_000,
  status: 'complete',
  language: 'en',
  supported: true,
  participants: [
    {
      participantId: 'p0',
      seat: 0,
      nickname: '<b>*Mina*</b>',
      position: { text: 'Fewer cars. ![x](http://x)', utteranceIds: ['u1'] },
      arguments: [],
      choices: [],
    },
  ],
  agreements: [],
  disagreements: [],
  rejectedStatements: 2,
  provenance: {
    model: 'gpt-test',
    promptVersion: 'debate-report/1#abc',
    promptTokens: 10,
    completionTokens: 5,
    startedAt: 1,
    finishedAt: 2,
  },
  ...overrides,
});
