// The JSON in what a language model wrote: thinking, fences and words around it are left aside. The answer is paid for: it is
// looked for before another is bought.

/** Beyond so many places where one may begin there is none. */
const MOST_BEGINNINGS = 200;
const THOUGHT_ENDS = /<\/(?:think|thinking|thought|reasoning)>/gi;

/** Where the value that begins with a bracket at `from` ends; undefined: nowhere. */
const endOf = (text: string, from: number): number | undefined => {
  let depth = 0;
  let isText = false;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (isText) {
      if (character === '\\') at += 1;
      else if (character === '"') isText = false;
    } else if (character === '"') isText = true;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
};

function* objectsIn(text: string): Generator<unknown> {
  let from = text.indexOf('{');
  for (let count = 0; from >= 0 && count < MOST_BEGINNINGS; count += 1) {
    const end = endOf(text, from);
    if (end !== undefined) {
      try {
        yield JSON.parse(text.slice(from, end));
      } catch {
        // A bracket of prose: perhaps the next one is JSON.
      }
    }
    from = text.indexOf('{', from + 1);
  }
}

const afterThought = (text: string): string => {
  const last = [...text.matchAll(THOUGHT_ENDS)].at(-1);
  return last ? text.slice(last.index + last[0].length) : text;
};

/** The objects that stand in the text, the likeliest first: behind the thinking, then anywhere. */
export function* jsonObjectsOf(content: string): Generator<unknown> {
  const spoken = afterThought(content);
  yield* objectsIn(spoken);
  if (spoken !== content) yield* objectsIn(content);
}
