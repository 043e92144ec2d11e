import { describe, expect, it } from 'vitest';
import { joinSchema, roomCodeSchema } from './rest.ts';
import { isolated, typedPinOf } from './typed-text.ts';

const joined = (fields: object) => joinSchema.safeParse({ code: 'ABC234', nickname: 'Ada', ...fields });

describe('what people type and paste', () => {
  it.each([
    ['small letters', 'abc234'],
    ['spaces', ' ABC 234 '],
    ['a no-break space', 'ABC\u00a0234'],
    ['an ideographic space', 'ABC\u3000234'],
    ['a dash', 'ABC-234'],
    ['an en dash', 'ABC\u2013234'],
    ['a minus', 'ABC\u2212234'],
    ['a soft hyphen', 'ABC\u00ad234'],
    ['a zero-width space', 'ABC\u200b234'],
    ['a byte order mark', '\ufeffABC234'],
    ['direction marks', '\u200eABC234\u202c'],
    ['full width', 'ＡＢＣ２３４'],
    ['a full stop', 'ABC234.'],
    ['quotes', '“ABC234”'],
    ['a Korean full stop', 'ABC234。'],
  ])('[JN12] a code with %s is the same code', (_, code) => {
    expect(roomCodeSchema.parse(code)).toBe('ABC234');
  });

  it.each(['', '   ', '\u200b', '---', '。'])('[JN12] %j is no code', (code) => {
    expect(roomCodeSchema.safeParse(code).success).toBe(false);
  });

  it.each([
    ['４７１１', '4711'],
    [' 47 11', '4711'],
    ['47-11.', '4711'],
    ['4711\u200b', '4711'],
    ['비밀42'.normalize('NFD'), '비밀42'],
    ['Café!', 'cafe\u0301'],
    ['a.b', 'a.b'],
    ['="0042"', '0042'],
    ['...', '...'],
  ])('[JN12] the PIN %j is %j', (given, expected) => {
    expect(typedPinOf(given)).toBe(typedPinOf(expected));
  });

  it('[JN12] different PINs stay different', () => {
    expect(new Set(['a.b', 'ab', 'a b c', '0042', '42', '1e3', '1000'].map(typedPinOf)).size).toBe(7);
  });

  it.each(['\u200b', '\u2060\u200d', '\u3164', '\u202e', ' \u00a0', '\u00ad\u200f'])(
    '[JN13] %j is no nickname',
    (nickname) => {
      expect(joined({ nickname }).success).toBe(false);
    },
  );

  it('[JN13] a nickname keeps one spelling, and no mark that turns what stands beside it', () => {
    expect(joined({ nickname: 'Jose\u0301' }).data?.nickname).toBe('José');
    expect(joined({ nickname: 'Ali\u202egnp.' }).data?.nickname).toBe('Alignp.');
    expect(joined({ nickname: '👩‍👧' }).data?.nickname).toBe('👩‍👧');
    expect(joined({ externalId: 'e\u0301' }).data?.externalId).toBe('é');
  });

  it('[JN13] a name that is read from the right is isolated in texts, marks of older names are left out', () => {
    expect(isolated('علي')).toBe('\u2068علي\u2069');
    expect(isolated('Ali\u202e')).toBe('Ali');
    expect(isolated('철수')).toBe('철수');
  });
});
