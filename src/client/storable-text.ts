// What a person has typed or pasted, as every store can keep it. Half of a character (a text that was cut in the middle of an
// emoji) and NUL would be refused, and the words with them.

export const storableTextOf = (text: string): string => text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\uFFFD');
