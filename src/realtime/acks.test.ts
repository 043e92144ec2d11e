import { expect, test } from 'vitest';
import type { Refusal } from '../protocol/error-codes.ts';
import type { Language } from '../protocol/languages.ts';
import { refuse } from './acks.ts';

const refusedWith = (refusal: Refusal, language: Language): Readonly<Record<string, unknown>> => {
  let answer: Readonly<Record<string, unknown>> = {};
  refuse((given) => (answer = given), refusal, language);
  return answer;
};

test.each([
  ['en', 'pick a whole number from 1 to 5', 'This answer does not fit the question: pick a whole number from 1 to 5.'],
  ['ko', '1부터 5까지의 정수를 골라 주세요', '질문에 맞지 않는 답입니다: 1부터 5까지의 정수를 골라 주세요.'],
] as const)('[RM28] the reason is answered in words (%s), with what it names', (language, reason, message) => {
  const refusal: Refusal = { code: 'invalid_choice', details: { reason: 'not_on_scale', min: 1, max: 5 } };
  expect(refusedWith(refusal, language)).toEqual({
    ok: false,
    error: { code: 'invalid_choice', message, retryable: false, details: { reason, min: 1, max: 5 } },
  });
});

test('[RM30] so is that of a recording', () => {
  const refusal: Refusal = { code: 'recording_refused', details: { reason: 'not_recorded' } };
  expect(refusedWith(refusal, 'ko')).toMatchObject({
    error: {
      message: '지금은 녹음할 수 없습니다: 이 연구는 녹음하지 않습니다.',
      details: { reason: '이 연구는 녹음하지 않습니다' },
    },
  });
});

test('details without a reason stay as they are, and none are made', () => {
  expect(refusedWith({ code: 'page_changed', details: { page: 2 } }, 'en')).toMatchObject({
    error: { details: { page: 2 } },
  });
  expect(refusedWith({ code: 'removed' }, 'en').error).not.toHaveProperty('details');
});
