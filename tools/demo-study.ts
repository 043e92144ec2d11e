// The study that the demo plays, and who does what in it, in ms from the start of the debate.
import type { ChoiceValue, StudyInput } from '../src/protocol/study.ts';

export const DEMO_STUDY: StudyInput = {
  title: 'Should the old bridge be closed to cars?',
  language: 'en',
  pages: [
    {
      title: 'The question',
      body: 'The old bridge is **narrow**. The city asks whether to close it to cars.',
      questions: [
        {
          id: 'stance',
          prompt: 'What do you think now?',
          kind: 'single',
          options: ['close it', 'leave it', 'not sure'],
        },
      ],
    },
    {
      title: 'Two facts',
      body: '- 300 cyclists a day\n- a bus line every ten minutes',
      questions: [{ id: 'weight', prompt: 'How much does this change?', kind: 'scale', min: 1, max: 7 }],
    },
    {
      title: 'Find a compromise',
      body: 'Is there something that all three can accept?',
      questions: [{ id: 'compromise', prompt: 'In a sentence:', kind: 'text', maxLength: 300 }],
    },
    {
      title: 'At the end',
      body: 'One last choice.',
      questions: [
        { id: 'stance-after', prompt: 'And now?', kind: 'single', options: ['close it', 'leave it', 'not sure'] },
      ],
    },
  ],
  settings: { roomSize: 3, countdownMs: 3_000, uploadTimeoutMs: 60_000 },
};

export const PAGE_TURNS_MS = [4_000, 8_000, 12_000];

interface PlannedChoice {
  readonly atMs: number;
  readonly questionId: string;
  readonly value: ChoiceValue;
}

export interface Role {
  readonly nickname: string;
  /** Index into test/fixtures/voices/voices.json. */
  readonly voice: number;
  readonly choices: readonly PlannedChoice[];
}

export const ROLES: readonly Role[] = [
  {
    nickname: 'First',
    voice: 0,
    choices: [
      { atMs: 1_500, questionId: 'stance', value: 'close it' },
      { atMs: 5_500, questionId: 'weight', value: 6 },
      { atMs: 13_000, questionId: 'stance-after', value: 'close it' },
    ],
  },
  {
    nickname: 'Second',
    voice: 1,
    choices: [
      { atMs: 2_000, questionId: 'stance', value: 'leave it' },
      { atMs: 6_000, questionId: 'weight', value: 2 },
      { atMs: 10_500, questionId: 'compromise', value: 'Only if the bus may pass.' },
      { atMs: 13_200, questionId: 'stance-after', value: 'not sure' },
    ],
  },
  {
    nickname: 'Third',
    voice: 2,
    choices: [
      { atMs: 2_500, questionId: 'stance', value: 'not sure' },
      { atMs: 3_300, questionId: 'stance', value: 'close it' },
      { atMs: 10_000, questionId: 'compromise', value: 'Buses may pass, cars not at the weekend.' },
      { atMs: 13_400, questionId: 'stance-after', value: 'close it' },
    ],
  },
];
