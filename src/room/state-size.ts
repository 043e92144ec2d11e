// How much memory a state takes, estimated: counting is cheap, and what it misses is small beside what it counts. Errs on the
// side of too much.

const STRING_BYTES = 16;
/** Text in Latin letters alone takes half. */
const CHARACTER_BYTES = 2;
const OBJECT_BYTES = 32;
/** With a number in it, and its share of the keys. */
const ENTRY_BYTES = 24;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Bytes of a value of plain JSON. */
export const sizeOf = (value: unknown): number => {
  if (typeof value === 'string') return STRING_BYTES + CHARACTER_BYTES * value.length;
  if (!isObject(value)) return 0;
  let bytes = OBJECT_BYTES;
  for (const key of Object.keys(value)) bytes += ENTRY_BYTES + sizeOf(value[key]);
  return bytes;
};

/** What `after` takes more than `before`, which may be less. Whatever both share is not looked into. */
export const growthOf = (before: unknown, after: unknown): number => {
  if (before === after) return 0;
  if (!isObject(before) || !isObject(after)) return sizeOf(after) - sizeOf(before);
  let bytes = 0;
  for (const key of Object.keys(after))
    bytes += Object.hasOwn(before, key) ? growthOf(before[key], after[key]) : ENTRY_BYTES + sizeOf(after[key]);
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) bytes -= ENTRY_BYTES + sizeOf(before[key]);
  return bytes;
};
