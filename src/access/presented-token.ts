// What somebody presents as a token, before anything is done with it. Everybody may send one, so a refusal must cost next to
// nothing, whatever was sent.

/** Ours have fewer than 300 characters, access tokens of the longest path fewer than 1,000. */
export const MAX_TOKEN_LENGTH = 1_024;

const isQuote = (character: string | undefined): boolean => character === '"' || character === "'";

/**
 * Without the quotes that clients add which keep a JSON string. Undefined for what is too long to be a token. No regular
 * expression: one for quotes at an end goes back at every quote in the middle, in quadratic time.
 */
export const presentedTokenOf = (text: string): string | undefined => {
  if (text.length > MAX_TOKEN_LENGTH) return undefined;
  const trimmed = text.trim();
  let start = 0;
  let end = trimmed.length;
  while (start < end && isQuote(trimmed[start])) start += 1;
  while (end > start && isQuote(trimmed[end - 1])) end -= 1;
  return trimmed.slice(start, end);
};
