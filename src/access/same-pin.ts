// Whether a PIN is the right one: as people see it, and as spreadsheets leave it, which take 0042 for 42 and 1e3 for 1000.
import { typedPinOf } from '../protocol/typed-text.ts';
import { isSameSecret } from './same-secret.ts';

/** What a spreadsheet makes of it, if it takes it for a number that it can write out. */
const asNumberOf = (pin: string): string => {
  const [digits = '', exponent] = pin.split('e', 2);
  const isNumber = /^\d{1,15}$/.test(digits) && (exponent === undefined || /^\d{1,2}$/.test(exponent));
  return isNumber ? String(Number(pin)) : pin;
};

export const isSamePin = (given: string, expected: string): boolean => {
  const [typed, right] = [typedPinOf(given), typedPinOf(expected)];
  // Of nothing but dashes and spaces: no PIN at all would be the same.
  if (right === '') return isSameSecret(given, expected);
  // Both are judged whatever the first says.
  const [isSame, isSameNumber] = [isSameSecret(typed, right), isSameSecret(typed, asNumberOf(right))];
  return isSame || isSameNumber;
};
