// Why an answer does not fit its question or a recording is not taken, in words: the `{reason}` of error-codes.ts. The rules
// of a room name the key; `{name}` is replaced from the same refusal's details.
import type { InEachLanguage } from './languages.ts';

export const REFUSAL_REASONS = {
  // invalid_choice
  question_not_shown: { en: 'no page shown so far asks it', ko: '지금까지 나온 페이지에 없는 질문입니다' },
  not_an_option: { en: 'pick one of the options', ko: '보기 중 하나를 골라 주세요' },
  not_different_options: {
    en: 'pick different ones of the options',
    ko: '보기 중에서 중복 없이 골라 주세요',
  },
  empty: { en: 'it must not be empty', ko: '비워 둘 수 없습니다' },
  not_on_scale: {
    en: 'pick a whole number from {min} to {max}',
    ko: '{min}부터 {max}까지의 정수를 골라 주세요',
  },
  not_a_text: { en: 'write a text', ko: '글로 적어 주세요' },
  text_too_long: { en: 'at most {maxLength} characters', ko: '최대 {maxLength}자까지 쓸 수 있습니다' },
  no_possible_value: { en: 'no question takes such a value', ko: '어떤 질문에도 맞지 않는 값입니다' },

  // recording_refused
  debate_over: { en: 'the debate is over', ko: '토론이 끝났습니다' },
  uploads_over: {
    en: 'the time for handing in recordings is over',
    ko: '녹음을 제출할 수 있는 시간이 지났습니다',
  },
  not_recorded: { en: 'this study does not record', ko: '이 연구는 녹음하지 않습니다' },
} as const satisfies Record<string, InEachLanguage>;

export type RefusalReason = keyof typeof REFUSAL_REASONS;
