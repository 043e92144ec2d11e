// What people retype or paste is compared by what they see: keyboards in full width, marks that came along from a message, a
// dash that a word processor made longer. All of it looks at each character once.

const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;
/** Marks that turn the order of what is read, also of what follows. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const NO_LETTER_OR_DIGIT = /[^\p{L}\p{N}]/gu;
const SPACE_OR_DASH = /[\s\p{Pd}\u2212]/gu;
/** Also the signs of a formula: spreadsheets are given ="0042" so that it stays a text. */
const PUNCTUATION = /^[\p{P}=]$/u;
const FROM_RIGHT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** A room's code: its letters and digits, in capitals. */
export const typedCodeOf = (text: string): string =>
  text.normalize('NFKC').replace(NO_LETTER_OR_DIGIT, '').toUpperCase();

/** A PIN may be a word with punctuation in it, yet not at its ends. */
export const typedPinOf = (text: string): string => {
  const bare = text.normalize('NFKC').replace(IGNORABLE, '').replace(SPACE_OR_DASH, '').toLowerCase();
  const characters = [...bare];
  const start = characters.findIndex((character) => !PUNCTUATION.test(character));
  const end = characters.findLastIndex((character) => !PUNCTUATION.test(character));
  return start < 0 ? bare : characters.slice(start, end + 1).join('');
};

/** A name as it is kept: one spelling of each character, and nothing that turns what stands beside it. */
export const nameOf = (text: string): string => text.normalize('NFC').replace(DIRECTION, '');

export const UNSEEN = 'must have a character that can be seen';

/** False for a text of which nothing can be seen. */
export const isVisible = (text: string): boolean => text.replace(IGNORABLE, '').trim() !== '';

/** A name in the middle of a text: read from its own side, the text from its own. */
export const isolated = (name: string): string => {
  const bare = name.replace(DIRECTION, '');
  return FROM_RIGHT.test(bare) ? `\u2068${bare}\u2069` : bare;
};
