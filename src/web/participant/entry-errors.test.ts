import { describe, expect, it } from 'vitest';
import { ApiRefusal } from '../../client/index.ts';
import type { ErrorCode } from '../../protocol/error-codes.ts';
import { textsEn } from '../i18n/texts.en.ts';
import { textsKo } from '../i18n/texts.ko.ts';
import { entryErrorsOf } from './entry-errors.ts';

const refusal = (code: ErrorCode | 'network', details?: unknown): ApiRefusal =>
  new ApiRefusal({ code, status: 422, retryable: false, message: 'Correct the listed fields.', details });
const invalid = (...paths: string[]) =>
  refusal('invalid_request', { issues: paths.map((path) => ({ path, message: 'is wrong' })) });

const CASES = [
  ['a name that cannot be taken', invalid('nickname'), 'nickname'],
  ['a PIN that cannot be one', invalid('pin'), 'pin'],
  ['consent that cannot be one', invalid('consent.0'), 'consent'],
  ['several at once', invalid('joinKey', 'pin'), 'pin'],
  ['a wrong PIN', refusal('wrong_pin'), 'pin'],
  ['missing consent', refusal('consent_required'), 'consent'],
  ['what came with the link', invalid('externalId'), 'form'],
  ['no list at all', refusal('invalid_request'), 'form'],
  ['a list of another shape', refusal('invalid_request', { issues: [null] }), 'form'],
  ['no network', refusal('network'), 'form'],
] as const;

describe.each([
  ['English', textsEn],
  ['Korean', textsKo],
])('a refused join in %s', (_, texts) => {
  it.each(CASES)('[JN17] is told at the field of %s', (__, failure, field) => {
    const errors = entryErrorsOf(failure, texts);
    expect(Object.keys(errors)).toEqual([field]);
    expect(Object.values(errors)[0]).not.toContain('listed');
  });
});
