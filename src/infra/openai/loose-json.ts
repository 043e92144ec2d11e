// JSON as services write it: some put the bare words NaN and Infinity where no number is known.

const UNKNOWN_NUMBERS = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

const parsed = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
};

/** Undefined when it is no JSON. Unknown numbers become null. */
export const looseJsonOf = (text: string): unknown => {
  const strict = parsed(text);
  if (strict) return strict.value;
  if (!/NaN|Infinity/.test(text)) return undefined;
  return parsed(text.replace(UNKNOWN_NUMBERS, (found) => (found.startsWith('"') ? found : 'null')))?.value;
};
