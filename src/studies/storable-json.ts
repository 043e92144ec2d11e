// A researcher's own data (the codebook) has no schema, yet must fit into the database: no NUL, no half surrogates, and not
// nested so deeply that reading it back would be a danger.
import { isStorableText } from '../protocol/text.ts';

const MAX_DEPTH = 50;

export const isStorableJson = (value: unknown, depth = 0): boolean => {
  if (depth > MAX_DEPTH) return false;
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => isStorableText(key) && isStorableJson(inner, depth + 1));
};
