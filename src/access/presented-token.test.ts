import { describe, expect, it } from 'vitest';
import { MAX_TOKEN_LENGTH, presentedTokenOf } from './presented-token.ts';

describe('a presented token', () => {
  it.each([
    ['plain', 'a.b.c', 'a.b.c'],
    ['with the quotes of JSON', '"a.b.c"', 'a.b.c'],
    ['with quotes of both kinds and spaces around', ` "'a.b.c'" `, 'a.b.c'],
    ['with quotes inside', `a"'"b`, `a"'"b`],
    ['of nothing but quotes', `"'"`, ''],
    ['empty', '', ''],
    ['as long as one may be', 'x'.repeat(MAX_TOKEN_LENGTH), 'x'.repeat(MAX_TOKEN_LENGTH)],
    ['too long', 'x'.repeat(MAX_TOKEN_LENGTH + 1), undefined],
    ['too long, of spaces', ' '.repeat(MAX_TOKEN_LENGTH + 1), undefined],
  ])('[CE1] %s', (_, given, expected) => {
    expect(presentedTokenOf(given)).toBe(expected);
  });
});
