// JSON as services write it: some put the bare words NaN and Infinity where no number is known.

const UNKNOWN_NUMBERS = ['-Infinity', 'Infinity', 'NaN'];

const parsed = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
};

/** One pass, so that its time is that of reading it: outside of quotes the bare words become null. */
const withNulls = (text: string): string => {
  const parts: string[] = [];
  let from = 0;
  let isText = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isText && character === '\\') at += 1;
    else if (character === '"') isText = !isText;
    else if (!isText && (character === '-' || character === 'I' || character === 'N')) {
      const word = UNKNOWN_NUMBERS.find((one) => text.startsWith(one, at));
      if (word === undefined) continue;
      parts.push(text.slice(from, at), 'null');
      from = at + word.length;
      at = from - 1;
    }
  }
  return parts.join('') + text.slice(from);
};

/** Undefined when it is no JSON. Unknown numbers become null. */
export const looseJsonOf = (text: string): unknown => {
  const strict = parsed(text);
  if (strict) return strict.value;
  return text.includes('NaN') || text.includes('Infinity') ? parsed(withNulls(text))?.value : undefined;
};
