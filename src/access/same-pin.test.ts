import { describe, expect, it } from 'vitest';
import { newRoomCode } from './room-code.ts';
import { isSamePin } from './same-pin.ts';

describe('[JN14] PINs and codes after a spreadsheet', () => {
  it.each([
    ['4711', '4711', true],
    ['42', '0042', true],
    ['0042', '0042', true],
    ['1000', '1e3', true],
    ['1E3', '1e3', true],
    ['0', '0000', true],
    ['', '0000', false],
    ['0042', '42', false],
    ['042', '0042', false],
    ['1e3', '1000', false],
    ['12345678901234600', '12345678901234567', false],
    ['wrong', 'right', false],
    // Of nothing but what is not looked at: exactly that.
    ['', '----', false],
    ['- -', '----', false],
    ['\u200b', ' ', false],
    ['----', '----', true],
    ['!?', '?!', false],
  ])('%j opens %j: %s', (given, expected, opens) => {
    expect(isSamePin(given, expected)).toBe(opens);
  });

  it('no code is made that could be a number', () => {
    const digits = { digit: () => 27, letterE: () => 4 };
    let calls = 0;
    const pick = () => {
      calls += 1;
      if (calls <= 6) return digits.digit();
      return calls <= 12 && calls === 9 ? digits.letterE() : calls <= 12 ? digits.digit() : 0;
    };
    expect(newRoomCode(pick)).toBe('AAAAAA');
    expect(calls).toBe(18);
  });
});
