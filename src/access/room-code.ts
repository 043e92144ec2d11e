// Codes that people read aloud and type on phones: no letter or digit that looks like another one, and none that a spreadsheet
// would take for a number.
import { randomInt } from 'node:crypto';

const ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
const CODE_LENGTH = 6;
const COULD_BE_NUMBER = /^\d+(?:E\d+)?$/;

export const newRoomCode = (pick: (below: number) => number = randomInt): string => {
  for (;;) {
    const code = Array.from({ length: CODE_LENGTH }, () => ALPHABET[pick(ALPHABET.length)]).join('');
    if (!COULD_BE_NUMBER.test(code)) return code;
  }
};
