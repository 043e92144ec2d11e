// A state is never changed, so each event copies the record that it adds to: over a long history that is quadratic. A replay
// copies a record once and then writes into its own copy, which nobody else has seen. After that the copy is as final as any.

/** Records that the present replay has made. */
export type Drafts = WeakSet<object>;

export const withEntry = <Value>(
  record: Readonly<Record<string, Value>>,
  key: string,
  value: Value,
  drafts: Drafts | undefined,
): Readonly<Record<string, Value>> => {
  // An assignment to this key would change the prototype instead.
  if (drafts?.has(record) && key !== '__proto__') {
    (record as Record<string, Value>)[key] = value;
    return record;
  }
  const copy = { ...record, [key]: value };
  drafts?.add(copy);
  return copy;
};
