import { expect, test } from 'vitest';
import { segmentsOf } from './speech-answer.ts';

test.each([
  ['silence', { text: '' }, []],
  ['silence without a whole', { segments: [] }, []],
  ['segments that name their words otherwise', { segments: [{ start: 0, end: 1, transcript: 'hello' }] }, undefined],
  ['segments that are texts', { segments: ['hello'] }, undefined],
  ['one segment without words among others', { segments: [{ text: null }, { text: 'hello' }] }, [{ text: 'hello' }]],
  ['such segments beside the whole', { text: 'hello', segments: [{ transcript: 'hello' }] }, [{ text: 'hello' }]],
])('[JB24] an answer counts only if words, or that there are none, are in it: %s', (_, answer, segments) => {
  expect(segmentsOf(answer)).toEqual(segments);
});
